/** Time as a port: the demo runs on the real clock, tests turn a manual one. */

export type Cancel = () => void

export type SimClock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Calls `act` once, `ms` later; the returned function withdraws it. */
  readonly after: (ms: number, act: () => void) => Cancel
}

export type ManualClock = SimClock & {
  /** Lets `ms` pass: everything that falls due in it happens, in order of its time. */
  readonly advance: (ms: number) => void
  /** When the next thing falls due, ms since the epoch; undefined: nothing is waited for. */
  readonly due: () => number | undefined
}

/** Timers do not keep the process alive: a stopped demo must end. */
export function realClock(): SimClock {
  return {
    now: () => Date.now(),
    after: (ms, act) => {
      const timer = setTimeout(act, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

/** Timers that fall due one after the other without a millisecond passing are a loop, not work. */
const standstill = 100_000

/** A clock that stands still until it is advanced; equal times keep the order of the calls. */
export function manualClock(start = Date.UTC(2026, 10, 22, 12)): ManualClock {
  let now = start
  let serial = 0
  const due: { readonly at: number; readonly serial: number; readonly act: () => void }[] = []
  const after = (ms: number, act: () => void): Cancel => {
    const entry = { at: now + Math.max(0, ms), serial: serial++, act }
    let index = due.length
    while (index > 0 && (due[index - 1]?.at ?? 0) > entry.at) index -= 1
    due.splice(index, 0, entry)
    return () => {
      const found = due.indexOf(entry)
      if (found >= 0) due.splice(found, 1)
    }
  }
  const advance = (ms: number) => {
    const end = now + ms
    let standing = 0
    for (let next = due[0]; next && next.at <= end; next = due[0]) {
      due.shift()
      standing = next.at === now ? standing + 1 : 0
      if (standing > standstill) throw new Error(`time stands still: ${standing} timers at once`)
      now = next.at
      next.act()
    }
    now = end
  }
  return { now: () => now, after, advance, due: () => due[0]?.at }
}
