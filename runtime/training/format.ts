// Numbers as people read them: durations, counts and sizes. All functions are total: what is not finite prints as such.

const twoUnits = (small: number, perBig: number, big: string, sign: string): string => {
  const rest = small % perBig
  return `${Math.floor(small / perBig)} ${big}${rest === 0 ? '' : ` ${rest} ${sign}`}`
}

/** A duration in seconds by its two largest units: "0.4 s", "42 s", "3 m 20 s", "2 h 5 m", "1 d 3 h". */
export const formatDuration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return String(seconds)
  if (seconds < 0) return `-${formatDuration(-seconds)}`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return twoUnits(whole, 60, 'm', 's')
  const minutes = Math.round(seconds / 60)
  return minutes < 1440 ? twoUnits(minutes, 60, 'h', 'm') : twoUnits(Math.round(seconds / 3600), 24, 'd', 'h')
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const

const withPrefix = (value: number, unit: string): string => {
  const power = Math.min(PREFIXES.length - 1, Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  const next = power + 1 < PREFIXES.length && scaled >= 999.95 // rounds up into the next prefix
  return next
    ? `${(scaled / 1000).toFixed(1)} ${PREFIXES[power + 1]}${unit}`
    : `${scaled.toFixed(1)} ${PREFIXES[power]}${unit}`
}

/** A whole number with thousands separators: 6777 is "6,777". */
export const formatInteger = (value: number): string => Number.isFinite(value)
  ? Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ',')
  : String(value)

/** A count: exact below 10,000 ("6,777"), else with one decimal and a decimal prefix ("22.7 M", "209.9 M"). */
export const formatCount = (value: number): string =>
  !Number.isFinite(value) || Math.abs(value) < 10_000
    ? formatInteger(value)
    : `${value < 0 ? '-' : ''}${withPrefix(Math.abs(value), '')}`

/** A size in bytes, decimal prefixes (1 kB = 1,000 B): "512 B", "90.9 MB". */
export const formatBytes = (bytes: number): string =>
  !Number.isFinite(bytes) || Math.abs(bytes) < 1000
    ? `${formatInteger(bytes)} B`
    : `${bytes < 0 ? '-' : ''}${withPrefix(Math.abs(bytes), 'B')}`

/** A share between 0 and 1 in per cent without decimals: "3 %". */
export const formatShare = (share: number): string =>
  Number.isFinite(share) ? `${Math.round(share * 100)} %` : String(share)
