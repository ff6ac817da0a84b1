/**
 * A whole cluster in this process, on a clock of its own: controller, satellites, machines. Nothing
 * in it asks for the real time or for chance, so the same seed gives the same run.
 */
import { type PublicCommandType, subjectsOf } from '@varve/events'
import { type Host, type Log, runSatelliteOn } from '@varve/satellite'
import { type ManualClock, manualClock } from '../clock.ts'
import { createRandom, type Random } from '../random.ts'
import { createWorld, type World } from '../world.ts'
import { MemoryBus } from './bus.ts'
import { SimController } from './controller.ts'
import { commandOf } from './steps.ts'
import { backings, fastPool, machineOf, plain, pool, type Terrain } from './terrain.ts'

const name = 'sim'

/** Turns of the event loop without anything new after which nothing is going on any more. */
const quietTurns = 3
/** More of them at one moment are a loop. */
const mostTurns = 20_000
/** Tools that one satellite may run at one moment; some hundred are usual. */
const mostRuns = 5_000

export class SimCluster {
  readonly nodes: readonly string[]
  readonly terrain: Terrain
  readonly clock: ManualClock
  readonly random: Random
  readonly world: World
  readonly bus: MemoryBus
  readonly controller: SimController
  /** Errors that satellites have logged, and of which they have died. */
  readonly errors: string[] = []
  /** Called before a satellite runs a tool. */
  onRun: (node: string, argv: readonly string[]) => void = () => {}
  readonly #satellites = new Map<string, AbortController>()
  #timers = 0
  #boots = 0

  /** All nodes are registered, online and measured. */
  static async start(
    seed: number,
    nodes: readonly string[],
    terrain: Terrain = plain,
  ): Promise<SimCluster> {
    const each = new SimCluster(seed, nodes, terrain)
    each.controller.start()
    for (const node of nodes) each.startSatellite(node)
    await each.#found()
    return each
  }

  private constructor(seed: number, nodes: readonly string[], terrain: Terrain) {
    this.nodes = nodes
    this.terrain = terrain
    this.clock = this.#countingClock()
    this.random = createRandom(seed)
    this.world = createWorld({ clock: this.clock, seed })
    const subjects = subjectsOf(name)
    this.bus = new MemoryBus(this.clock, subjects)
    const { clock, random, bus } = this
    this.controller = new SimController({ clock, random, bus, subjects })
    for (const [index, node] of nodes.entries()) {
      this.world.addHost(machineOf(terrain, node, index + 1))
    }
  }

  startSatellite(node: string): void {
    const stop = new AbortController()
    this.#satellites.set(node, stop)
    this.#boots += 1
    const { clock, errors } = this
    const { signal } = stop
    runSatelliteOn(this.bus.connect(node, signal), {
      cluster: name,
      node,
      host: this.#watched(node),
      clock: { now: clock.now, sleep: (ms, until) => sleep(clock, ms, until) },
      log: logInto(errors, node),
      signal,
      boot: `boot-${this.#boots}`,
    }).catch((error: unknown) => {
      if (!signal.aborted) errors.push(`${node}: the satellite ended: ${String(error)}`)
    })
  }

  /** Ends it in the middle of whatever it does; its machine goes on. */
  killSatellite(node: string): void {
    this.#satellites.get(node)?.abort()
    this.#satellites.delete(node)
  }

  hasSatellite(node: string): boolean {
    return this.#satellites.has(node)
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
  }

  /** As a person does it, with the pools that the machine has. */
  register(node: string): void {
    const { provider } = this.terrain
    this.must('node.create', { node, address: `10.0.0.${this.nodes.indexOf(node) + 1}` })
    this.must('storage-pool.create', { node, pool, provider, backing: backings[provider] })
    this.must('storage-pool.create', { node, pool: fastPool, provider: 'LVM', backing: 'vg1' })
  }

  must(type: PublicCommandType, args: object): void {
    const refused = this.controller.submit(commandOf({ kind: 'command', type, args }))
    if (refused) throw new Error(`${type}: ${JSON.stringify(refused)}`)
  }

  async #found(): Promise<void> {
    const { layers, props } = this.terrain
    for (const node of this.nodes) this.register(node)
    this.must('controller.modify', { setProps: props })
    this.must('resource-group.modify', { group: 'DfltRscGrp', filter: { pools: [pool] } })
    if (layers.includes('LUKS')) this.controller.encrypt()
    await this.pass(3_000)
  }

  #countingClock(): ManualClock {
    const clock = manualClock()
    const after: ManualClock['after'] = (ms, act) => {
      this.#timers += 1
      return clock.after(ms, act)
    }
    return { ...clock, after }
  }

  /** A satellite that runs tools without end while no time passes would never let anybody else go on. */
  #watched(node: string): Host {
    const { host } = this.world.host(node)
    const { clock, errors } = this
    let runs = 0
    let at = 0
    const run: Host['run'] = async (argv, options) => {
      if (clock.now() !== at) [at, runs] = [clock.now(), 0]
      runs += 1
      this.onRun(node, argv)
      if (runs > mostRuns) {
        errors.push(`${node} runs tools without end, such as ${argv.join(' ')}`)
        await sleep(clock, 1_000)
      }
      return host.run(argv, options)
    }
    return { ...host, run }
  }

  /** Everything that was set off has come to where it waits for time, or for somebody else. */
  async #quiet(): Promise<void> {
    let still = 0
    let last = -1
    for (let turn = 0; still < quietTurns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = this.#timers + this.bus.sent
      still = now === last ? still + 1 : 0
      last = now
      if (turn > mostTurns) throw new Error('something goes on for ever without time passing')
    }
  }
}

function sleep(clock: ManualClock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}

function logInto(errors: string[], node: string): Log {
  const nothing = () => undefined
  const error = (about: unknown, text?: string) => {
    errors.push(`${node}: ${text ?? ''} ${JSON.stringify(about)}`)
  }
  // Pino's functions have more forms than a satellite uses.
  return { debug: nothing, info: nothing, warn: nothing, error } as unknown as Log
}
