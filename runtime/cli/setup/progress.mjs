// One line for each thing the set-up does, with the time it took.
const seconds = since => `${((performance.now() - since) / 1000).toFixed(1)} s`

export const say = text => process.stderr.write(`set-up  ${text}\n`)

/** Says what is being done, does it, and says how long it took. */
export const step = async (label, action) => {
  const start = performance.now()
  say(label)
  const result = await action()
  say(`  done in ${seconds(start)}`)
  return result
}
