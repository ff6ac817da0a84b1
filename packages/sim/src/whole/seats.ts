/** Where processes run: the machine of a controller, and that of a satellite, over all their lives. */
import { type ReadSource, runControllerOn } from '@varve/controller/parts'
import { type Log, runSatelliteOn } from '@varve/satellite'
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { SimHost } from '../world.ts'
import { controllerBus } from './controller-bus.ts'
import { SimDisk } from './disk.ts'
import { SimProcess } from './process.ts'
import { satelliteBus } from './satellite-bus.ts'
import { cluster, End, type Server } from './server.ts'

export type Around = {
  readonly clock: SimClock
  readonly random: Random
  readonly server: Server
  readonly newId: () => string
  /** What somebody has to look at: errors, with who had them. */
  readonly bad: (sentence: string) => void
  /** What processes log, for whoever looks for the cause. */
  readonly tell: (line: string) => void
}

export class ControllerSeat {
  readonly name: string
  readonly end: End
  readonly disk: SimDisk
  /** What it knows, while it runs. */
  source: ReadSource | undefined
  isLeading = false
  readonly #around: Around
  #stop = new AbortController()
  #isUp = false

  constructor(name: string, around: Around) {
    this.name = name
    this.#around = around
    this.end = new End(around.clock, around.random)
    this.disk = new SimDisk(around.clock, around.random)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  start(): void {
    if (this.#isUp) return
    const { clock, random, server, newId, bad } = this.#around
    const { name, end, disk } = this
    const { ahead } = end.process
    const process = new SimProcess(clock)
    process.ahead = ahead
    end.process = process
    end.onBack.clear()
    const stop = new AbortController()
    this.#stop = stop
    this.#isUp = true
    const random64 = () => random.generation().toLowerCase()
    const edge = {
      bus: controllerBus(server, end, random),
      time: process.time,
      disk: disk.for(process),
      chance: { newId, random64 },
    }
    const ended = () => {
      if (end.process !== process || !process.isAlive) return
      process.kill()
      this.#isUp = false
      this.isLeading = false
      this.source = undefined
    }
    runControllerOn(edge, {
      cluster,
      name,
      version: 'simulated',
      directory: `/${name}`,
      replicas: 3,
      signal: stop.signal,
      log: this.#log(process),
      onLeading: () => {
        this.isLeading = true
      },
      serveReader: (source, signal) => {
        this.source = source
        return new Promise((resolve) => {
          if (signal.aborted) resolve()
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      },
    }).then(ended, (error: unknown) => {
      if (process.isAlive) bad(`no-bugs: ${name} has ended: ${stackOf(error)}`)
      ended()
    })
  }

  /** Asked to end: it stores what it accepted, and hands over. */
  finish(): void {
    this.end.process.goOn()
    this.#stop.abort()
  }

  kill(power: boolean): void {
    if (!this.#isUp) return
    this.end.process.kill()
    this.disk.crash(power)
    this.#isUp = false
    this.isLeading = false
    this.source = undefined
  }

  #log(process: SimProcess): Parameters<typeof runControllerOn>[1]['log'] {
    const { clock, bad, tell } = this.#around
    const { name } = this
    const line = (level: string) => (fields: object, sentence: string) => {
      if (!process.isAlive) return
      tell(`${clock.now()} ${name} ${level} ${sentence} ${JSON.stringify(fields)}`)
      if (sentence === 'leading no more') this.isLeading = false
      if (level !== 'error') return
      const cause = 'error' in fields ? stackOf(fields.error) : ''
      if (sentence.includes('this is a bug')) bad(`no-bugs: ${name}: ${sentence}: ${cause}`)
    }
    const log = {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
    }
    // Pino's functions have more forms than a controller uses.
    return log as unknown as Parameters<typeof runControllerOn>[1]['log']
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? error.stack : String(error))

export class SatelliteSeat {
  readonly name: string
  readonly end: End
  readonly machine: SimHost
  readonly #around: Around
  #stop: AbortController | undefined
  #boots = 0

  constructor(name: string, machine: SimHost, around: Around) {
    this.name = name
    this.machine = machine
    this.#around = around
    this.end = new End(around.clock, around.random)
  }

  get isUp(): boolean {
    return this.#stop !== undefined
  }

  start(): void {
    if (this.#stop || !this.machine.machine.on) return
    const { clock, server, bad } = this.#around
    const { name, end, machine } = this
    const process = new SimProcess(clock)
    end.process = process
    end.onBack.clear()
    const stop = new AbortController()
    this.#stop = stop
    this.#boots += 1
    const { wall: now, sleep } = process.time
    runSatelliteOn(satelliteBus(server, end, name, stop.signal), {
      cluster,
      node: name,
      host: machine.host,
      clock: { now, sleep },
      log: quietLog,
      signal: stop.signal,
      boot: `${name}-${this.#boots}`,
    }).catch((error: unknown) => {
      if (!stop.signal.aborted)
        bad(`no-bugs: the satellite of ${name} has ended: ${stackOf(error)}`)
    })
  }

  /** In the middle of whatever it does; its machine goes on. */
  kill(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.end.process.kill()
  }
}

const nothing = () => undefined
// Pino's functions have more forms than a satellite uses.
const quietLog = { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Log
