// What tsserver requires: it bundles plugin.ts in memory, so that there is no build to keep up to date.
const { Module } = require('node:module')
const { join } = require('node:path')
const { buildSync } = require('esbuild')

const file = join(__dirname, 'plugin.ts')
const { outputFiles: [bundle] } = buildSync({ entryPoints: [file], bundle: true, platform: 'node', format: 'cjs', target: 'node20', packages: 'external', write: false })
const plugin = new Module(file, module)
plugin.filename = file
plugin.paths = module.paths
plugin._compile(bundle.text, file)

module.exports = modules => plugin.exports.init(modules, __dirname)
