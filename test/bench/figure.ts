/** A measured figure beside its aim, and the table of them. */

export type Figure = {
  readonly what: string
  readonly unit: string
  readonly aim: number
  /** What counts as reached: as much as the aim at least, or at most. */
  readonly reached: 'at-least' | 'at-most'
  /** Median of `runs`. */
  readonly measured: number
  readonly runs: readonly number[]
  /** The bare skeleton's value from the same run; absent where there is no skeleton. */
  readonly skeleton?: number
  /** The aim as a share of what the skeleton reaches on the machine that the aims are for. */
  readonly aimedRatio?: number
}

export function figure(of: Omit<Figure, 'measured'>): Figure {
  return { ...of, measured: median(of.runs) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function isReached({ measured, aim, reached }: Figure): boolean {
  return reached === 'at-least' ? measured >= aim : measured <= aim
}

const headings = ['what', 'aim', 'measured', 'reached', 'skeleton', 'ratio', 'ratio aimed at']

/** GitHub's form of tables, padded so that it reads well on a terminal, too. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [headings, ...figures.map(cells)]
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(headings), rule, ...rows.slice(1).map(line)].join('\n')
}

function cells(row: Figure): string[] {
  const { what, unit, aim, measured, skeleton, aimedRatio } = row
  const bound = row.reached === 'at-least' ? '≥' : '≤'
  return [
    what,
    `${bound} ${shown(aim)} ${unit}`,
    `${shown(measured)} ${unit}`,
    isReached(row) ? 'yes' : 'no',
    skeleton === undefined ? '' : shown(skeleton),
    skeleton === undefined ? '' : (measured / skeleton).toFixed(2),
    aimedRatio === undefined ? '' : aimedRatio.toFixed(2),
  ]
}

function shown(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
