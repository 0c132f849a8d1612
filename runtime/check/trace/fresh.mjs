// A module loader hook: what a module imports is as new as itself. A file imported with `?axle=3` passes the number on to every file
// that it imports, so that one number is one reading of the sources; packages and the compiler itself are read once.
let stays = []

export const initialize = data => {
  stays = data.stays
}

const versionOf = url => (url === undefined ? null : /[?&]axle=(\d+)/.exec(url)?.[1])

export const resolve = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const version = versionOf(context.parentURL)
  if (!version || !found.url.startsWith('file:') || versionOf(found.url) || found.url.includes('/node_modules/') || stays.some(folder => found.url.startsWith(folder))) return found
  return { ...found, url: `${found.url}${found.url.includes('?') ? '&' : '?'}axle=${version}` }
}
