const scaled = (value: number, base: number, units: readonly string[]): string => {
  const power = value < base ? 0 : Math.min(units.length - 1, Math.floor(Math.log(value) / Math.log(base)))
  return `${(value / base ** power).toFixed(power === 0 ? 0 : 2)} ${units[power] ?? ''}`.trimEnd()
}

/** `1.19 TFLOP`. */
export const flopsText = (flops: number): string => scaled(flops, 1000, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP'])
/** `2.40 GiB`. */
export const bytesText = (bytes: number): string => scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
/** `209,937,725`. */
export const countText = (count: number): string => count.toLocaleString('en-US')

const powers: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** Bytes of `24GiB`, `500 MB`, `8G` or `1e9`; `undefined` where a text is no amount of memory. */
export const bytesFrom = (text: string): number | undefined => {
  const found = /^\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  const power = powers[(found?.[2] ?? '?').toLowerCase()]
  const bytes = Number(found?.[1]) * (power ?? Number.NaN)
  return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined
}
