import { describeSite, type Site } from './site.ts'

/** A mistake in the user's program, found while tracing: one sentence, the place it is about, and a stable number. */
export class AxleError extends Error {
  readonly code: string
  readonly site: Site
  readonly sentence: string
  constructor(code: string, site: Site, sentence: string) {
    super(`${describeSite(site)} ${code} ${sentence}`)
    this.name = 'AxleError'
    this.code = code
    this.site = site
    this.sentence = sentence
  }
}
