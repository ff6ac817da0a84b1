/**
 * A whole cluster in this process, on a clock of its own: controller, satellites, machines. Nothing
 * in it asks for the real time or for chance, so the same seed gives the same run.
 */
import { type PublicCommandType, subjectsOf } from '@varve/events'
import { type Log, runSatelliteOn } from '@varve/satellite'
import { type ManualClock, manualClock } from '../clock.ts'
import { createRandom, type Random } from '../random.ts'
import { createWorld, type World } from '../world.ts'
import { createMemoryBus, type MemoryBus } from './bus.ts'
import { createController, type SimController } from './controller.ts'
import { commandOf } from './steps.ts'

const gib = 1024 * 1024
export const cluster = 'sim'

export type SimCluster = {
  readonly clock: ManualClock
  readonly random: Random
  readonly world: World
  readonly bus: MemoryBus
  readonly controller: SimController
  readonly nodes: readonly string[]
  readonly startSatellite: (node: string) => void
  /** Ends it in the middle of whatever it does; its machine goes on. */
  readonly killSatellite: (node: string) => void
  readonly hasSatellite: (node: string) => boolean
  /** Lets so much time pass; everything that falls due in it happens, with all that follows. */
  readonly pass: (ms: number) => Promise<void>
  /** Errors that satellites have logged. */
  readonly errors: readonly string[]
}

/** Turns of the event loop without anything new after which nothing is going on any more. */
const quietTurns = 3
/** More of them at one moment are a loop. */
const mostTurns = 20_000

export async function createCluster(seed: number, nodes: readonly string[]): Promise<SimCluster> {
  const timer = manualClock()
  let timers = 0
  const clock: ManualClock = {
    ...timer,
    after: (ms, act) => {
      timers += 1
      return timer.after(ms, act)
    },
  }
  const random = createRandom(seed)
  const world = createWorld({ clock, seed })
  for (const [index, name] of nodes.entries()) {
    world.addHost({
      name,
      address: `10.0.0.${index + 1}`,
      disks: [{ name: '/dev/sda', sizeKib: 64 * gib }],
      groups: [
        { name: 'vg0', disks: ['/dev/sda'], thinPools: [{ name: 'thin', sizeKib: 40 * gib }] },
      ],
    })
  }
  const subjects = subjectsOf(cluster)
  const bus = createMemoryBus(clock, subjects)
  const controller = createController({ clock, random, bus, subjects })
  const satellites = new Map<string, AbortController>()
  const errors: string[] = []
  let boots = 0

  async function quiet(): Promise<void> {
    let still = 0
    let last = -1
    for (let turn = 0; still < quietTurns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = timers + bus.count()
      still = now === last ? still + 1 : 0
      last = now
      if (turn > mostTurns) throw new Error('something goes on for ever without time passing')
    }
  }

  const each: SimCluster = {
    clock,
    random,
    world,
    bus,
    controller,
    nodes,
    errors,
    hasSatellite: (node) => satellites.has(node),
    startSatellite(node) {
      const stop = new AbortController()
      satellites.set(node, stop)
      boots += 1
      const { signal } = stop
      const running = runSatelliteOn(bus.connect(node, signal), {
        cluster,
        node,
        host: world.host(node).host,
        clock: { now: clock.now, sleep: (ms, until) => sleep(clock, ms, until) },
        log: logInto(errors, node),
        signal,
        boot: `boot-${boots}`,
      })
      running.catch((error: unknown) => {
        if (!signal.aborted) errors.push(`${node}: the satellite ended: ${String(error)}`)
      })
    },
    killSatellite(node) {
      satellites.get(node)?.abort()
      satellites.delete(node)
    },
    async pass(ms) {
      const end = clock.now() + ms
      await quiet()
      for (let due = clock.due(); due !== undefined && due <= end; due = clock.due()) {
        clock.advance(Math.max(0, due - clock.now()))
        await quiet()
      }
      clock.advance(end - clock.now())
    },
  }
  controller.start()
  for (const node of nodes) each.startSatellite(node)
  await register(each)
  return each
}

async function register({ controller, nodes, pass }: SimCluster): Promise<void> {
  const must = (type: PublicCommandType, args: object) => {
    const refused = controller.submit(commandOf({ kind: 'command', type, args }))
    if (refused) throw new Error(`${type}: ${JSON.stringify(refused)}`)
  }
  for (const [index, node] of nodes.entries()) {
    must('node.create', { node, address: `10.0.0.${index + 1}` })
    must('storage-pool.create', { node, pool: 'thin', provider: 'LVM_THIN', backing: 'vg0/thin' })
  }
  await pass(3_000)
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
