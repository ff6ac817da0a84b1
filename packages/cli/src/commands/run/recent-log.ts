/** A process's log, whose last lines are also kept in memory: what a report of it begins with. */
import { type Logger, pino } from 'pino'

/** Characters; some thousand lines. */
const mostKept = 512 * 1024

export type RecentLog = {
  readonly log: Logger
  /** The last lines, oldest first; each is one JSON object. */
  readonly recent: () => readonly string[]
}

export function startLog(name: string, level: string): RecentLog {
  const lines = lastLines(mostKept)
  const standard = pino.destination(1)
  const both = {
    write(line: string) {
      lines.add(line)
      standard.write(line)
    },
  }
  return { log: pino({ name, level }, both), recent: lines.all }
}

/** As many of the last lines as have `most` characters together. */
export function lastLines(most: number): {
  readonly add: (line: string) => void
  readonly all: () => readonly string[]
} {
  let lines: string[] = []
  let first = 0
  let size = 0
  return {
    add(line) {
      lines.push(line)
      size += line.length
      for (; size > most; first += 1) size -= lines[first]?.length ?? 0
      // Taken off the list now and then: at each line it would be moved as a whole.
      if (first > 1_000) {
        lines = lines.slice(first)
        first = 0
      }
    },
    all: () => lines.slice(first),
  }
}
