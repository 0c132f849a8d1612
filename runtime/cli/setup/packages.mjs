// The npm packages: installed by `npm ci` when node_modules does not hold what package-lock.json says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from './progress.mjs'
import { lastLine, run } from './process.mjs'

const readPackages = path => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return undefined
  }
}

/** Whether every package of the lock is installed in its version; optional ones may be missing (other platforms' binaries). */
export const packagesInstalled = root => {
  const locked = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (locked === undefined || installed === undefined) return false
  return Object.entries(locked).every(([path, { version, optional, devOptional, peer }]) =>
    path === '' || (installed[path]?.version ?? (optional || devOptional || peer ? version : undefined)) === version)
}

/** Installs the packages when they are missing or out of date. Throws one sentence when npm fails. */
export const ensurePackages = async root => {
  if (packagesInstalled(root)) return
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const [program, ...args] = npm
  const { code, output } = await step('installing the packages (npm ci)', () => run(program, [...args, 'ci', '--include=dev', '--prefer-offline', '--no-progress'], { cwd: root }))
  if (code !== 0) {
    const reason = output.split('\n').find(line => line.startsWith('npm error') && !/code|A complete log/.test(line)) ?? lastLine(output)
    throw new Error(`npm ci failed: ${reason.trim()}`)
  }
}
