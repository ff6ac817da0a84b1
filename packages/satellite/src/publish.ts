/**
 * Sends observations: at once when a state changed, at most once a second when something merely
 * moved, not at all when nothing did. Remembers the last of each subject, to send all again.
 */
import type { Clock } from './ports.ts'

const progressMs = 1_000

export type Observation = { readonly at: number }

export type Publisher = {
  /** `state`: text that changes exactly when the message must not wait. */
  readonly offer: (subject: string, message: Observation, state: string) => void
  /** Everything again, with its old `at`: it is as old as it is. */
  readonly republish: () => void
}

export type PublisherOptions = {
  /** May drop it, when there is no server: all is sent again when there is one. */
  readonly send: (subject: string, body: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** `at`: when what the body says was seen. */
type Last = { state: string; body: string; at: number; sentAt: number; next?: Observation }

export function createPublisher(options: PublisherOptions): Publisher {
  const { clock, signal } = options
  const lasts = new Map<string, Last>()

  function send(subject: string, message: Observation, state: string): void {
    const body = JSON.stringify(message)
    lasts.set(subject, { state, body, at: message.at, sentAt: clock.now() })
    options.send(subject, body)
  }

  async function sendLater(subject: string, last: Last): Promise<void> {
    await clock.sleep(Math.max(0, last.sentAt + progressMs - clock.now()), signal)
    // Sent in the meantime because of a change of state: then this one is old.
    if (signal.aborted || lasts.get(subject) !== last || !last.next) return
    send(subject, last.next, last.state)
  }

  return {
    offer: (subject, message, state) => {
      const last = lasts.get(subject)
      if (!last || last.state !== state) return send(subject, message, state)
      if (isSame(last, message)) return
      const isWaiting = last.next !== undefined
      last.next = message
      if (!isWaiting) void sendLater(subject, last)
    },
    republish: () => {
      for (const [subject, last] of lasts) options.send(subject, last.body)
    },
  }
}

/** Equal but for the time at which it was seen. */
function isSame({ body, at }: Last, message: Observation): boolean {
  return JSON.stringify({ ...message, at }) === body
}
