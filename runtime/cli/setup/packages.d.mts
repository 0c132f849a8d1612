/** Whether every package of the lock is installed in its version; optional ones may be missing (other platforms' binaries). */
export declare const packagesInstalled: (root: string) => boolean

/** Installs the packages when they are missing or out of date. Rejects with one sentence when npm fails. */
export declare const ensurePackages: (root: string) => Promise<void>
