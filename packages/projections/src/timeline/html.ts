/**
 * A timeline as one page that needs nothing else: a picture with a lane for each node, then all
 * entries in words. Every text of the log is escaped: names and reasons are whatever people wrote.
 */
import type { Timeline, TimelineRow } from './timeline.ts'

const left = 130
const step = 26
const lane = 30
const copies = 60

const colors: Readonly<Record<TimelineRow['actor']['kind'], string>> = {
  user: '#1f6feb',
  policy: '#8250df',
  observer: '#57606a',
  system: '#9a6700',
}

/** The lane of what is about no node. */
const everywhere = 'cluster'

export function timelinePage(timeline: Timeline): string {
  const { object, rows, isWhole } = timeline
  const title = escaped(`Timeline of ${object}`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:14px/1.4 sans-serif;margin:2em;color:#1f2328}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}
.scroll{overflow-x:auto;border:1px solid #d0d7de}code{white-space:pre}</style></head><body>
<h1>${title}</h1>${isWhole ? '' : '<p>There were entries before the first of these.</p>'}
<p>${legend()}</p><div class="scroll">${picture(rows)}</div>
<table><tr><th>log</th><th>at (UTC)</th><th>who</th><th>what</th></tr>
${rows.map(tableRow).join('\n')}
</table></body></html>
`
}

/** Text for a page: no markup and no attribute can come of it. */
export function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? '')
}

function legend(): string {
  return Object.entries(colors)
    .map(([kind, color]) => `<span style="color:${color}">&#9679; ${kind}</span>`)
    .join(' ')
}

function picture(rows: readonly TimelineRow[]): string {
  const lanes = [everywhere, ...new Set(rows.flatMap(({ nodes }) => nodes))].toSorted((a, b) =>
    a === everywhere ? -1 : b === everywhere ? 1 : a < b ? -1 : 1,
  )
  const height = lane * (lanes.length + 1) + copies
  const width = left + step * (rows.length + 1)
  const yOf = (name: string) => lane * (lanes.indexOf(name) + 1)
  const xOf = (index: number) => left + step * index
  const indexOf = new Map(rows.map(({ id }, index) => [id, index]))
  const parts = [
    ...lanes.map((name) => laneOf(name, yOf(name), width)),
    ...rows.flatMap((row, index) => causeLine(row, index, { indexOf, rows, xOf, yOf })),
    ...rows.map((row, index) => marks(row, xOf(index), yOf)),
    copiesLine(rows, xOf, height),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="entries by node">${parts.join('')}</svg>`
}

const laneOf = (name: string, y: number, width: number) =>
  `<text x="8" y="${y + 4}" font-size="12">${escaped(name.slice(0, 18))}</text>` +
  `<line x1="${left - 12}" y1="${y}" x2="${width}" y2="${y}" stroke="#d0d7de"/>`

/** The first lane that an entry is on: where lines of causes begin and end. */
const mainLane = ({ nodes }: TimelineRow) => nodes[0] ?? everywhere

type Plan = {
  readonly indexOf: ReadonlyMap<string, number>
  readonly rows: readonly TimelineRow[]
  readonly xOf: (index: number) => number
  readonly yOf: (name: string) => number
}

function causeLine(row: TimelineRow, index: number, { indexOf, rows, xOf, yOf }: Plan): string[] {
  const [id] = row.cause?.split('.') ?? []
  const from = id === undefined ? undefined : indexOf.get(id)
  const cause = from === undefined ? undefined : rows[from]
  if (from === undefined || !cause) return []
  const ends = `x1="${xOf(from)}" y1="${yOf(mainLane(cause))}" x2="${xOf(index)}" y2="${yOf(mainLane(row))}"`
  return [`<line ${ends} stroke="#8c959f" stroke-dasharray="3 3"/>`]
}

function marks(row: TimelineRow, x: number, yOf: (name: string) => number): string {
  const nodes = row.nodes.length === 0 ? [everywhere] : row.nodes
  const title = `<title>${escaped(`${row.sequence} ${row.actor.name}: ${row.summary}`)}</title>`
  return nodes
    .map(
      (name) =>
        `<circle cx="${x}" cy="${yOf(name)}" r="6" fill="${colors[row.actor.kind]}">${title}</circle>`,
    )
    .join('')
}

/** Good copies as a step line along the bottom. */
function copiesLine(
  rows: readonly TimelineRow[],
  xOf: (index: number) => number,
  height: number,
): string {
  const most = Math.max(1, ...rows.map(({ good = 0 }) => good))
  if (rows.every(({ good }) => good === undefined)) return ''
  const yOf = (good: number) => height - 8 - (good / most) * (copies - 20)
  const points = rows.flatMap(({ good = 0 }, index) => {
    const before = rows[index - 1]?.good ?? 0
    return [`${xOf(index)},${yOf(before)}`, `${xOf(index)},${yOf(good)}`]
  })
  return (
    `<text x="8" y="${height - 12}" font-size="12">good copies (${most})</text>` +
    `<polyline points="${points.join(' ')}" fill="none" stroke="#1a7f37" stroke-width="2"/>`
  )
}

function tableRow({ sequence, at, actor, depth, summary, reason }: TimelineRow): string {
  const why = reason === undefined ? '' : ` <i>(${escaped(reason)})</i>`
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  const indent = `style="padding-left:${depth * 1.5}em"`
  return `<tr><td>${sequence}</td><td>${time}</td><td>${escaped(actor.name)}</td><td ${indent}>${escaped(summary)}${why}</td></tr>`
}
