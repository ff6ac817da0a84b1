/**
 * Failures that were seen, each once however often it came: kept when it is over, too, so that
 * somebody who comes the next morning finds it. Not more of them than a few hundred: those that were
 * not seen for the longest go first.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'

const mostReports = 500
/** Of what a tool said, from its end: what went wrong stands there. */
const mostOutput = 4 * 1024

export const ErrorReport = z.object({
  /** LINSTOR's form: instance and node in hexadecimal digits, then a number. */
  id: z.string(),
  /** Equal of failures that are the same: of one object, in one step, in one way. */
  fingerprint: z.string(),
  node: z.string(),
  module: z.enum(['SATELLITE', 'CONTROLLER']),
  /** What was being done. */
  operation: z.string(),
  summary: z.string(),
  command: z.string(),
  outcome: z.string(),
  output: z.string(),
  count: z.int(),
  /** ms since epoch. */
  firstAt: z.number(),
  lastAt: z.number(),
  isOver: z.boolean(),
})
export type ErrorReport = z.infer<typeof ErrorReport>

/** A failure as it is now. `place`: where there is at most one at a time. */
export type Sighting = Pick<
  ErrorReport,
  'node' | 'module' | 'operation' | 'summary' | 'command' | 'outcome' | 'output'
> & {
  readonly place: string
  /** What makes it another failure than others of the same place. */
  readonly cause: string
  readonly at: number
  /** Times that it has come in a row. */
  readonly attempts: number
}

export class ReportBook {
  readonly #reports = new Map<string, ErrorReport>()
  /** Place → what fails there now, and how often it had when it was looked at. */
  readonly #current = new Map<string, { readonly fingerprint: string; readonly attempts: number }>()
  #changes = 0

  /** Another number after every change. */
  get version(): number {
    return this.#changes
  }

  /** Newest first. */
  list(): ErrorReport[] {
    const newest = (a: ErrorReport, b: ErrorReport) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)
    return [...this.#reports.values()].sort(newest)
  }

  /** Places where something fails now. */
  places(): readonly string[] {
    return [...this.#current.keys()]
  }

  /** Returns the id of its report. */
  note(sighting: Sighting): string {
    const { place, cause, at, attempts, output, ...rest } = sighting
    const fingerprint = hash('md5', `${place}\n${cause}`)
    const before = this.#current.get(place)
    const id = idOf(rest.node, fingerprint)
    const isSame = before?.fingerprint === fingerprint
    // The satellite begins to count anew with each new failure, and after it was started.
    const more = isSame && attempts >= before.attempts ? attempts - before.attempts : attempts
    if (isSame && more === 0) return id
    if (before && !isSame) this.#end(before.fingerprint)
    this.#current.set(place, { fingerprint, attempts })
    const known = this.#reports.get(fingerprint)
    this.#put({
      ...rest,
      id,
      fingerprint,
      output: output.slice(-mostOutput),
      count: (known?.count ?? 0) + more,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
      isOver: false,
    })
    return id
  }

  /** Something that happened and is over. */
  noteOnce(sighting: Omit<Sighting, 'attempts'>): string {
    const id = this.note({ ...sighting, attempts: 1 })
    this.over(sighting.place)
    return id
  }

  /** Nothing fails there any more. */
  over(place: string): void {
    const before = this.#current.get(place)
    if (!before) return
    this.#current.delete(place)
    this.#end(before.fingerprint)
  }

  /** Of what goes on failing there is a report again once it has failed anew. */
  remove(isMeant: (report: ErrorReport) => boolean): number {
    const meant = this.list().filter(isMeant)
    for (const { fingerprint } of meant) this.#reports.delete(fingerprint)
    this.#changes += meant.length
    return meant.length
  }

  print(): string {
    return JSON.stringify(this.list())
  }

  /** What `print` made; anything else is taken for nothing. Where something fails now is looked at anew. */
  restore(text: string): void {
    const parsed = z.array(ErrorReport).safeParse(parse(text))
    for (const report of parsed.data ?? []) {
      this.#reports.set(report.fingerprint, { ...report, isOver: true })
    }
  }

  #end(fingerprint: string): void {
    const report = this.#reports.get(fingerprint)
    if (report) this.#put({ ...report, isOver: true })
  }

  #put(report: ErrorReport): void {
    this.#reports.set(report.fingerprint, report)
    this.#changes += 1
    if (this.#reports.size <= mostReports) return
    const oldest = this.list().at(-1)
    if (oldest) this.#reports.delete(oldest.fingerprint)
  }
}

function idOf(node: string, fingerprint: string): string {
  const on = hash('md5', node.toLowerCase())
  const number = Number.parseInt(fingerprint.slice(8, 13), 16) % 1_000_000
  // LINSTOR's own word for the controller.
  const nodePart = node === 'Controller' ? '00000' : on.slice(0, 5)
  const form = `${fingerprint.slice(0, 8)}-${nodePart}-${String(number).padStart(6, '0')}`
  return form.toUpperCase()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
