/**
 * What the watching policies have to look at, and when. It holds nothing that counts: a new leader
 * begins with everything that any of them might have to do with.
 */
import {
  type Command,
  definitionOf,
  type Entry,
  type FoldedEntry,
  type PolicyName,
  policyKey,
  type Reference,
  readReference,
  refer,
  type State,
  type VarveEvent,
} from '@varve/events'
import { modeFor } from '../modes.ts'
import { commandsFor } from '../verdict.ts'
import { watchers } from './index.ts'
import type { Sight, Watcher } from './watcher.ts'

export type PolicyRequest = {
  readonly policy: PolicyName
  readonly command: Command
  /** Entry that gave the reason; absent: time did. */
  readonly cause: string | undefined
}

type Plan = { readonly watcher: Watcher; readonly about: Reference }
type Woken = Plan & { readonly cause: string | undefined }
type Waiting = Plan & { readonly at: number }

/** Objects that are judged in one go: a few milliseconds, then others have their turn. */
const sliceSize = 64

export class Agenda {
  readonly #woken = new Map<string, Woken>()
  readonly #waiting = new Map<string, Waiting>()
  /** Time of the first that waits, or an earlier one. */
  #next = Number.POSITIVE_INFINITY

  constructor(state: State) {
    for (const watcher of watchers) {
      for (const about of watcher.all(state)) this.#wake(watcher, about, undefined)
    }
    for (const { policy, about } of state.proposals.by('open', 'yes')) {
      const watcher = watchers.find((each) => each.policy === policy)
      if (watcher) this.#wake(watcher, about, undefined)
    }
  }

  /** `state` is the one after the entry. */
  note(state: State, entry: Pick<Entry | FoldedEntry, 'id' | 'events'>): void {
    for (const event of entry.events) {
      for (const { watcher, wake } of wakersOf(event)) {
        for (const about of wake(state, event)) this.#wake(watcher, about, entry.id)
      }
    }
  }

  /** True when there is something to judge at `now`: asked at every tick, so it costs nothing. */
  isDue(now: number): boolean {
    return this.#woken.size > 0 || now >= this.#next
  }

  /** What the policies want now; a part of it, when they have much to look at. */
  take(sight: Sight): PolicyRequest[] {
    this.#ring(sight.now)
    const requests: PolicyRequest[] = []
    let left = sliceSize
    // A new leader has all there is in here: the rest of it is not even walked through.
    for (const [key, { watcher, about, cause }] of this.#woken) {
      if (left === 0) break
      left -= 1
      this.#woken.delete(key)
      const named = spelled(sight.state, about)
      requests.push(...this.#judge(sight, { watcher, about: named, cause }))
    }
    return requests
  }

  #judge(sight: Sight, { watcher, about, cause }: Woken): PolicyRequest[] {
    const { policy } = watcher
    const mode = modeFor(sight.state, policy, about)
    const { verdict, again } = watcher.judge(sight, about)
    if (again !== undefined && mode !== 'off') this.#wait(watcher, about, again)
    return commandsFor(sight.state, { policy, about, mode }, verdict).map((command) => ({
      policy,
      command,
      cause,
    }))
  }

  #wake(watcher: Watcher, about: Reference, cause: string | undefined): void {
    const key = keyIn(watcher, about)
    // What came first is the cause; what followed from it is not.
    this.#woken.set(key, { watcher, about, cause: this.#woken.get(key)?.cause ?? cause })
  }

  #wait(watcher: Watcher, about: Reference, at: number): void {
    this.#waiting.set(keyIn(watcher, about), { watcher, about, at })
    this.#next = Math.min(this.#next, at)
  }

  /** Those whose time has come are looked through only when the first of them is due. */
  #ring(now: number): void {
    if (now < this.#next) return
    this.#next = Number.POSITIVE_INFINITY
    for (const [key, { watcher, about, at }] of this.#waiting) {
      if (at > now) this.#next = Math.min(this.#next, at)
      else {
        this.#waiting.delete(key)
        this.#wake(watcher, about, undefined)
      }
    }
  }
}

type Waker = {
  readonly watcher: Watcher
  readonly wake: (state: State, event: VarveEvent) => readonly Reference[]
}

/** Found by a look-up: most events of a busy cluster wake nobody. */
const wakers = new Map<string, Waker[]>()
/** By the property that a policy goes by. */
const switches = new Map<string, Waker[]>()
for (const watcher of watchers) {
  for (const [type, wake] of Object.entries(watcher.wakes)) {
    // The table pairs each type with its own event; TypeScript cannot follow the lookup.
    add(wakers, type, { watcher, wake: wake as Waker['wake'] })
  }
  for (const key of [policyKey(watcher.policy), ...watcher.keys]) {
    add(switches, key, { watcher, wake: watcher.all })
  }
}

function add(to: Map<string, Waker[]>, key: string, waker: Waker): void {
  to.set(key, [...(to.get(key) ?? []), waker])
}

const nobody: readonly Waker[] = []

function wakersOf(event: VarveEvent): readonly Waker[] {
  const isProperty = event.type === 'property.set' || event.type === 'property.deleted'
  return (isProperty ? switches.get(event.key) : wakers.get(event.type)) ?? nobody
}

/** As its creator spelled it; a key of an index is in small letters. */
function spelled(state: State, about: Reference): Reference {
  const { noun, names } = readReference(about)
  const name =
    noun === 'resource-definition' ? definitionOf(state, names.join('/'))?.name : undefined
  return name === undefined ? about : refer(noun, name)
}

const keyIn = ({ policy }: Watcher, about: Reference): string => `${policy}/${about.toLowerCase()}`
