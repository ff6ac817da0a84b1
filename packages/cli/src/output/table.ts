/** Tables for people: columns as wide as their content, numbers to the right, no lines. */
import type { Color, Style } from './style.ts'

export type Cell = string | { readonly text: string; readonly color: Color }

export type Column<R> = {
  readonly title: string
  readonly cell: (row: R) => Cell
  /** True: digits under digits. */
  readonly isNumber?: boolean
}

const gap = '  '

/** Lines without trailing spaces; `width` cuts the last column so that no line wraps. */
export function renderTable<R>(
  columns: readonly Column<R>[],
  rows: readonly R[],
  { style, width }: { readonly style: Style; readonly width?: number | undefined },
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((row) => textOf(row[i]).length)),
  )
  const fit = fitted(widths, width)
  const line = (row: readonly Cell[], paint: Style) =>
    columns
      .map((column, i) => {
        const size = fit[i] ?? 0
        const text = cut(textOf(row[i]), size)
        const isLast = i === columns.length - 1
        const padded = column.isNumber ? text.padStart(size) : isLast ? text : text.padEnd(size)
        return paint(colorOf(row[i]), padded)
      })
      .join(gap)
      .trimEnd()
  const head: Style = (_, text) => style('bold', text)
  return [
    line(
      columns.map((column) => column.title),
      head,
    ),
    ...cells.map((row) => line(row, style)),
  ]
}

/** Takes what is too much from the last column, as long as ten characters are left there. */
function fitted(widths: readonly number[], width: number | undefined): readonly number[] {
  const total = widths.reduce((sum, one) => sum + one + gap.length, -gap.length)
  const last = widths.at(-1) ?? 0
  if (width === undefined || total <= width) return widths
  return [...widths.slice(0, -1), Math.max(Math.min(10, last), last - (total - width))]
}

function cut(text: string, size: number): string {
  return text.length <= size ? text : `${text.slice(0, size - 1)}…`
}

const textOf = (cell: Cell | undefined) =>
  cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text

const colorOf = (cell: Cell | undefined) =>
  cell === undefined || typeof cell === 'string' ? undefined : cell.color
