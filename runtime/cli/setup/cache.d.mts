/** A path in the user's cache: `$XDG_CACHE_HOME/axle/...`, by default `~/.cache/axle/...`. The folder may not exist yet. */
export declare const cacheFolder: (...parts: readonly string[]) => string

/**
 * The folder, made by `make(temporary folder)` when it does not exist. It appears whole or not at all: it is made beside its
 * place and renamed. When two processes make it at once, the first one to finish wins and the other's work is dropped.
 */
export declare const madeOnce: (folder: string, make: (temporary: string) => Promise<void>) => Promise<string>
