/** One column of a table: its heading, and what it says of each row. Numbers stand to the right. */
export interface Column<R> {
  readonly heading: string
  readonly cell: (row: R) => string
  readonly right?: boolean
}

/** Rows as lines of aligned columns under their headings. */
export const table = <R>(columns: readonly Column<R>[], rows: readonly R[]): readonly string[] => {
  const cells = [columns.map(({ heading }) => heading), ...rows.map(row => columns.map(({ cell }) => cell(row)))]
  const widths = columns.map((_, i) => cells.reduce((most, row) => Math.max(most, (row[i] ?? '').length), 0))
  return cells.map(row => row.map((cell, i) => (columns[i]?.right === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ').trimEnd())
}

/** `12.3 %`. */
export const percent = (part: number, whole: number): string => (whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`)

/** The first rows, and one line that says how many more there are. */
export const first = <R>(rows: readonly R[], most: number): { readonly rows: readonly R[]; readonly more: readonly string[] } =>
  ({ rows: rows.slice(0, most), more: rows.length > most ? [`… and ${rows.length - most} more`] : [] })
