import { createRequire } from 'node:module'
import type * as Morph from 'ts-morph'

export type { ts } from 'ts-morph'

let loaded: typeof Morph.ts | undefined

/** TypeScript, loaded when a source is first read: only mistakes need it. */
export const typescript = (): typeof Morph.ts => {
  if (loaded === undefined) {
    const morph: typeof Morph = createRequire(import.meta.url)('ts-morph')
    loaded = morph.ts
  }
  return loaded
}
