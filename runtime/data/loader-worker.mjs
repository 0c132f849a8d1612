// A worker thread starts from a plain module: Node does not apply a TypeScript loader to the first module of a thread.
import { tsImport } from 'tsx/esm/api'

await tsImport('./loader-worker.ts', import.meta.url)
