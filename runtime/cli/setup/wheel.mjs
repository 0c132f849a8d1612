// Python packages as plain archives: pip fetches and verifies them, nothing of them is installed or run.
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { lastLine, run } from './process.mjs'
import { extractMember, listZip } from './zip.mjs'

const launchers = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']]

/** The command that starts pip, with its first arguments. Throws one sentence when there is none. */
export const findPip = async () => {
  for (const [program, ...args] of launchers) {
    if ((await run(program, [...args, '--version'])).code === 0) return [program, ...args]
  }
  throw new Error('pip was not found (install Python 3 with pip, it is only used to download)')
}

// pip matches platform tags literally, so every tag that this machine could run is named.
const platformTags = arch => {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[arch] ?? arch
  const glibc = Array.from({ length: 30 }, (_, i) => `manylinux_2_${34 - i}_${machine}`)
  return [...glibc, `manylinux2014_${machine}`, `manylinux2010_${machine}`, `manylinux1_${machine}`]
}

/**
 * Downloads the wheels of these requirements (`name==version`), without what they depend on, for CPython 3.11 on this
 * architecture's Linux, whatever Python runs here. Returns the paths of the wheels. Throws one sentence when pip cannot.
 */
export const downloadWheels = async (requirements, folder) => {
  const [program, ...pip] = await findPip()
  await mkdir(folder, { recursive: true })
  const { code, output } = await run(program, [
    ...pip, 'download', '-q', '--disable-pip-version-check', '--only-binary=:all:', '--no-deps', '--python-version', '311',
    '--implementation', 'cp', '--abi', 'cp311', '--abi', 'abi3', '--abi', 'none',
    ...platformTags(process.arch).flatMap(tag => ['--platform', tag]), '--platform', 'any', '-d', folder, ...requirements,
  ])
  if (code !== 0) throw new Error(`pip could not download ${requirements.join(', ')}: ${lastLine(output)}`)
  return (await readdir(folder)).filter(name => name.endsWith('.whl')).map(name => join(folder, name))
}

/**
 * Extracts the members of a wheel for which `place(name)` answers `{ path, executable? }`, relative to `folder`.
 * Returns the names of the extracted members.
 */
export const extractWheel = async (wheel, folder, place) => {
  const chosen = (await listZip(wheel)).flatMap(member => {
    const target = member.name.endsWith('/') ? undefined : place(member.name)
    return target === undefined ? [] : [{ member, target }]
  })
  await Promise.all(chosen.map(({ member, target }) => extractMember(wheel, member, join(folder, target.path), target.executable ? 0o755 : 0o644)))
  return chosen.map(({ member }) => member.name)
}
