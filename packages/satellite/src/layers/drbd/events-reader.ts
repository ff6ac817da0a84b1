/** Reads one `drbdsetup events2 --now` after the other, and only what has changed between them. */
import { applyEvent, type KernelResource, parseEventLine } from './parse.ts'

type EventsDump = {
  readonly resources: Map<string, KernelResource>
  /** False when the dump was cut off. */
  readonly complete: boolean
}

export type EventsReader = (text: string) => EventsDump

type Known = { readonly lines: readonly string[]; readonly kernel: KernelResource | undefined }

/**
 * The same as parseEvents, at the cost of a comparison for a resource whose lines are as they were:
 * most of them, nearly always. Unchanged resources are the same objects as before.
 */
export function createEventsReader(): EventsReader {
  let known: ReadonlyMap<string, Known> = new Map()
  return (text) => {
    const { blocks, complete } = blocksOf(text)
    const next = new Map<string, Known>()
    const resources: EventsDump['resources'] = new Map()
    for (const [name, lines] of blocks) {
      const old = known.get(name)
      const kernel = old && isSame(old.lines, lines) ? old.kernel : fold(name, lines)
      // Always the new lines: parts of an old text would keep all of it in memory.
      next.set(name, { lines, kernel })
      if (kernel) resources.set(name, kernel)
    }
    known = next
    return { resources, complete }
  }
}

/** Lines by the resource they are about, in the order of the first line of each. */
function blocksOf(text: string): { blocks: Map<string, string[]>; complete: boolean } {
  const blocks = new Map<string, string[]>()
  let complete = false
  for (const line of text.split('\n')) {
    const name = nameIn(line)
    if (name === undefined) complete ||= parseEventLine(line) === 'end'
    else {
      const lines = blocks.get(name)
      if (lines) lines.push(line)
      else blocks.set(name, [line])
    }
  }
  return { blocks, complete }
}

function nameIn(line: string): string | undefined {
  const at = line.indexOf(' name:')
  if (at < 0) return undefined
  const from = at + ' name:'.length
  const to = line.indexOf(' ', from)
  return line.slice(from, to < 0 ? undefined : to)
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at])
}

function fold(name: string, lines: readonly string[]): KernelResource | undefined {
  const table = new Map<string, KernelResource>()
  for (const line of lines) {
    const event = parseEventLine(line)
    if (event && event !== 'end') applyEvent(table, event)
  }
  // A copy has no part in the text, which would stay in memory as long as the resource does.
  return structuredClone(table.get(name))
}
