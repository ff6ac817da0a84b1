/**
 * A whole cluster in this process: several controllers, satellites with their machines, users, and
 * the servers between them, on one clock. Nothing in it asks for the real time or for chance.
 */
import { CommandReply, wireVersion } from '@varve/events'
import { type ManualClock, manualClock } from '../clock.ts'
import { createRandom, type Random } from '../random.ts'
import { backings, machineOf, plain, pool } from '../simulation/terrain.ts'
import { createWorld, type World } from '../world.ts'
import { History, LogJudge } from './history.ts'
import { SimProcess } from './process.ts'
import { type Around, ControllerSeat, SatelliteSeat } from './seats.ts'
import { End, Server, subjects } from './server.ts'
import { controllersOf, nodesOf, type Size, usersOf } from './steps.ts'
import { User } from './user.ts'

/** Turns of the event loop without anything new after which nothing is going on any more. */
const quietTurns = 3
/** More of them at one moment are a loop. */
const mostTurns = 20_000
const thinkMs = 400

export class WholeCluster {
  readonly clock: ManualClock
  readonly random: Random
  readonly world: World
  readonly server = new Server()
  readonly history = new History()
  readonly judge = new LogJudge()
  readonly controllers: ReadonlyMap<string, ControllerSeat>
  readonly satellites: ReadonlyMap<string, SatelliteSeat>
  readonly users: ReadonlyMap<string, User>
  readonly bad: string[] = []
  /** Not once a test has written what no controller of this release does. */
  isJudged = true
  /** What controllers have logged. */
  readonly told: string[] = []
  #timers = 0
  #ids = 0
  readonly #admin: End

  /** Founded, all nodes registered and online, users at work. */
  static async start(seed: number, size: Size): Promise<WholeCluster> {
    const each = new WholeCluster(seed, size)
    for (const seat of each.controllers.values()) seat.start()
    for (const seat of each.satellites.values()) seat.start()
    await each.pass(3_000)
    await each.#found(size)
    for (const user of each.users.values()) user.begin(thinkMs)
    return each
  }

  private constructor(seed: number, size: Size) {
    this.clock = this.#countingClock()
    this.random = createRandom(seed)
    this.world = createWorld({ clock: this.clock, seed })
    const { clock, random, server, history } = this
    const newId = () => this.#newId()
    const around: Around = {
      clock,
      random,
      server,
      newId,
      bad: (sentence) => this.bad.push(sentence),
      tell: (line) => this.told.push(line),
    }
    this.controllers = new Map(
      controllersOf(size).map((name) => [name, new ControllerSeat(name, around)]),
    )
    this.satellites = new Map(
      nodesOf(size).map((name, index) => {
        const machine = this.world.addHost(machineOf(plain, name, index + 1))
        return [name, new SatelliteSeat(name, machine, around)]
      }),
    )
    this.users = new Map(
      usersOf(size).map((name) => [
        name,
        new User(name, { clock, random, server, history, newId }),
      ]),
    )
    this.#admin = new End(clock, random)
  }

  /** Who leads, as far as those who run know it. */
  get leader(): ControllerSeat | undefined {
    return [...this.controllers.values()].find(({ isLeading }) => isLeading)
  }

  end(name: string): End | undefined {
    const seats = [this.controllers, this.satellites, this.users]
    return seats.map((of) => of.get(name)?.end).find((end) => end !== undefined)
  }

  /** Lets so much time pass; everything that falls due in it happens, with all that follows. */
  async pass(ms: number): Promise<void> {
    const { clock } = this
    const end = clock.now() + ms
    await this.#quiet()
    for (let due = clock.due(); due !== undefined && due <= end; due = clock.due()) {
      clock.advance(Math.max(0, due - clock.now()))
      await this.#quiet()
    }
    clock.advance(end - clock.now())
    if (this.isJudged) this.judge.follow(this.server.log)
  }

  /** What is broken so far. */
  broken(): string[] {
    return [
      ...this.judge.broken,
      ...this.history.broken,
      ...this.bad,
      ...this.world.unknown.map((call) => `known-tools: ${call}`),
    ]
  }

  /** A command of the one who set it up: answered, or an error. */
  async must(type: string, args: object): Promise<void> {
    const text = JSON.stringify({ v: wireVersion, id: this.#newId(), args })
    for (let tries = 0; tries < 60; tries += 1) {
      let answer: string | undefined
      const respond = (given: string) => {
        answer ??= given
      }
      this.server.publish(subjects.command('admin', type), text, (given) =>
        this.#admin.down.send(() => respond(given)),
      )
      await this.pass(500)
      if (answer === undefined) continue
      const reply = CommandReply.parse(JSON.parse(answer))
      if (reply.ok) return
      if (reply.refusal.code !== 'log-unavailable') throw new Error(`${type}: ${answer}`)
    }
    throw new Error(`${type}: nobody has answered`)
  }

  async #found(size: Size): Promise<void> {
    for (const [index, node] of nodesOf(size).entries()) {
      await this.must('node.create', { node, address: `10.0.0.${index + 1}` })
      const { provider } = plain
      await this.must('storage-pool.create', { node, pool, provider, backing: backings[provider] })
    }
    await this.must('resource-group.modify', { group: 'DfltRscGrp', filter: { pools: [pool] } })
    await this.pass(3_000)
  }

  #newId(): string {
    this.#ids += 1
    return `01J${String(this.#ids).padStart(23, '0')}`
  }

  #countingClock(): ManualClock {
    const clock = manualClock()
    const after: ManualClock['after'] = (ms, act) => {
      this.#timers += 1
      return clock.after(ms, act)
    }
    return { ...clock, after }
  }

  /** Everything that was set off has come to where it waits for time, or for somebody else. */
  async #quiet(): Promise<void> {
    let still = 0
    let last = -1
    for (let turn = 0; still < quietTurns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = this.#timers + SimProcess.happened
      still = now === last ? still + 1 : 0
      last = now
      if (turn > mostTurns) throw new Error('something goes on for ever without time passing')
    }
  }
}
