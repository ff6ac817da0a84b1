/** A person at a command line: sends, waits, sends the same again, and remembers what was said. */
import { CommandReply, QueryReply, wireVersion } from '@varve/events'
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'
import { pick } from '../simulation/chance.ts'
import type { History } from './history.ts'
import { End, type Server, subjects } from './server.ts'

/** Until he asks again with the same id. */
const patienceMs = 3_000
const pauseMs = 200
/** Answers that mean "ask again": nothing has been decided. */
const passing: ReadonlySet<string> = new Set(['log-unavailable'])

type Wish = { readonly type: string; readonly args: object }

export class User {
  readonly end: End
  readonly name: string
  readonly #server: Server
  readonly #clock: SimClock
  readonly #history: History
  readonly #random: Random
  readonly #newId: () => string
  /** How many of his commands have been answered. */
  answered = 0
  isDone = false
  #isIdle = true
  #seen = 0

  constructor(
    name: string,
    around: {
      server: Server
      clock: SimClock
      history: History
      random: Random
      newId: () => string
    },
  ) {
    this.name = name
    this.#server = around.server
    this.#clock = around.clock
    this.#history = around.history
    this.#random = around.random
    this.#newId = around.newId
    this.end = new End(around.clock, around.random)
  }

  get isIdle(): boolean {
    return this.#isIdle
  }

  /** Commands and reads one after the other, until `isDone`. */
  begin(thinkMs: number): void {
    if (this.isDone) return
    const next = () =>
      this.#clock.after(1 + Math.floor(this.#random.next() * thinkMs), () => this.begin(thinkMs))
    this.#isIdle = false
    const over = () => {
      this.#isIdle = true
      next()
    }
    if (this.#random.next() < 0.3) this.#look(over)
    else this.#command(this.#wish(), over)
  }

  #wish(): Wish {
    const random = this.#random
    const definition = `d${Math.floor(random.next() * 6)}`
    const store = pick(random, ['notes', 'labels'])
    const group = 'DfltRscGrp'
    const kinds: readonly (() => Wish)[] = [
      () => ({
        type: 'key-value-store.modify',
        args: { store, setProps: { [this.name]: this.#newId() } },
      }),
      () => ({
        type: 'key-value-store.modify',
        args: { store, setProps: { shared: this.#newId() } },
      }),
      () => ({ type: 'key-value-store.delete', args: { store } }),
      () => ({ type: 'resource-definition.create', args: { definition, group } }),
      () => ({ type: 'resource-definition.delete', args: { definition } }),
      () => ({
        type: 'resource-group.spawn',
        args: { group, definition, sizesKib: [65_536], filter: { placeCount: 2 } },
      }),
      () => ({
        type: 'resource-definition.modify',
        args: { definition, setProps: { 'Aux/by': this.name } },
      }),
    ]
    return pick(random, kinds)()
  }

  #command({ type, args }: Wish, over: () => void): void {
    const id = this.#newId()
    const call = this.#history.begin(this.name, id)
    const text = JSON.stringify({ v: wireVersion, id, args, via: 'cli' })
    const send = () =>
      this.#ask(subjects.command(this.name, type), text, (answer) => {
        if (answer === undefined) return send()
        const reply = CommandReply.parse(JSON.parse(answer))
        if (!reply.ok && passing.has(reply.refusal.code)) {
          this.#clock.after(pauseMs, send)
          return
        }
        const kind = !reply.ok ? 'refused' : reply.unchanged ? 'unchanged' : 'changed'
        const { sequence } = reply
        this.#history.end(call, {
          kind,
          sequence,
          ...(reply.ok ? {} : { code: reply.refusal.code }),
        })
        this.#seen = Math.max(this.#seen, sequence)
        this.answered += 1
        over()
      })
    send()
  }

  /** From any controller, and never older than what he has seen. */
  #look(over: () => void): void {
    const minSequence = this.#seen
    const text = JSON.stringify({ v: wireVersion, minSequence })
    this.#ask(subjects.query('resources'), text, (answer) => {
      const reply = answer === undefined ? undefined : QueryReply.parse(JSON.parse(answer))
      if (reply?.ok) {
        this.#history.look(this.name, minSequence, reply.sequence)
        this.#seen = Math.max(this.#seen, reply.sequence)
      }
      over()
    })
  }

  /** `undefined`: nobody has answered in time. */
  #ask(subject: string, text: string, take: (answer: string | undefined) => void): void {
    let isOver = false
    const settle = (answer: string | undefined) => {
      if (isOver) return
      isOver = true
      cancel()
      take(answer)
    }
    const cancel = this.#clock.after(patienceMs, () => settle(undefined))
    const respond = (answer: string) => this.end.down.send(() => settle(answer))
    this.end.up.send(() => {
      const isHeard = this.#server.publish(subject, text, respond)
      if (!isHeard) this.#clock.after(pauseMs, () => settle(undefined))
    })
  }
}
