/**
 * The words that stories are told in: an operator who types commands, machines that are used and
 * that break. Controller, satellites, nats-server and CLI are the real ones; the machines are
 * simulated.
 */
import { expect } from 'vitest'
import { cluster, type RunningController, until } from '../system/harness.ts'
import { type SimulatedOptions, type SimulatedSystem, startSimulated } from '../system/simulated.ts'
import { type Files, type Operator, operatorOf } from './operator.ts'

export type Story = AsyncDisposable & {
  /** Types a command that has to succeed; what it printed. */
  readonly varve: (line: string) => Promise<string>
  /** Types a command that has to fail; what it said, remedy included. */
  readonly refused: (line: string) => Promise<string>
  /** Types a command again and again until it prints what matches, whatever its exit code. */
  readonly eventually: (line: string, wanted: RegExp) => Promise<string>
  /** Types the command, whatever comes of it. */
  readonly type: Operator
  readonly machine: (name: string) => Machine
  /** Every resource of the definition is applied and UpToDate, and none is awaited. */
  readonly isWell: (definition: string) => Promise<void>
  /** Nodes that have a replica of their own, in order of name. */
  readonly storedOn: (definition: string) => Promise<string[]>
  /** No two machines are connected, in either direction. */
  readonly cutCables: (a: string, b?: string) => void
  readonly mendCables: () => void
  /** The leading controller ends, and another one takes over from its log. */
  readonly restartController: () => Promise<void>
  readonly simulated: SimulatedSystem
}

/** A machine and whoever works on it. What cannot be done yet is tried for a while. */
export type Machine = {
  readonly name: string
  /** An application opens the device for writing. */
  readonly opens: (definition: string) => Promise<void>
  /** The kernel's words when it does not let anybody open it. */
  readonly cannotOpen: (definition: string) => string
  readonly closes: (definition: string) => void
  readonly writes: (
    definition: string,
    block: number,
    text: string,
    volume?: number,
  ) => Promise<void>
  /** The kernel's words when the write does not get through. */
  readonly cannotWrite: (definition: string, block: number, text: string) => Promise<string>
  /** What an application reads here: `1=text 2=text`. */
  readonly reads: (definition: string, volume?: number) => string | undefined
  /** What is on the disk of this machine, whoever may read it. */
  readonly holds: (definition: string, volume?: number) => string | undefined
  readonly losesPower: () => Promise<void>
  readonly comesBack: () => Promise<void>
  /** A blank disk, and nothing on the machine that remembers the old one. */
  readonly getsNewDisk: () => void
  /** A tool typed by hand as root. */
  readonly runs: (...argv: string[]) => Promise<string>
  readonly logicalVolumes: () => string[]
}

export async function tell(options: SimulatedOptions & { readonly files?: Files }): Promise<Story> {
  const simulated = await startSimulated({ refreshMs: 300, ...options })
  const { system, world } = simulated
  const type = operatorOf({ nats: system.nats.url, cluster, ...options })
  let controller: RunningController = simulated.controller
  let controllers = 1
  return {
    simulated,
    type,
    async varve(line) {
      const { code, out, err } = await type(line)
      if (code !== 0) throw new Error(`varve ${line} ended with ${code}: ${err}${out}`)
      return out
    },
    async refused(line) {
      const { code, out, err } = await type(line)
      expect(code, `varve ${line} was to be refused: ${out}`).not.toBe(0)
      return err
    },
    async eventually(line, wanted) {
      let last = ''
      const matching = async () => {
        const { out, err } = await type(line)
        last = out + err
        return wanted.test(last) ? last : undefined
      }
      return until(`varve ${line} says ${wanted}`, matching).catch((cause: unknown) => {
        throw new Error(`varve ${line} never said ${wanted}, but: ${last}`, { cause })
      })
    },
    machine: (name) => machineOf(simulated, name),
    isWell: async (definition) => {
      const { code, err } = await type(`resource-definition wait-sync ${definition} --timeout 60`)
      expect(`${code} ${err}`).toBe('0 ')
    },
    storedOn: async (definition) => {
      const replicas = await simulated.replicas(definition)
      const diskful = replicas.filter(({ kind }) => kind === 'diskful')
      return diskful.map(({ node }) => node).sort()
    },
    cutCables: (a, b) => world.network.cut(a, b),
    mendCables: () => world.network.heal(),
    async restartController() {
      await controller.stop()
      controllers += 1
      controller = await system.startController(`c${controllers}`, options.controller)
    },
    async [Symbol.asyncDispose]() {
      // A tool that the simulator does not know would have made the story mean nothing.
      const unknown = [...world.unknown]
      await simulated[Symbol.asyncDispose]()
      expect(unknown).toEqual([])
    },
  }
}

function machineOf(simulated: SimulatedSystem, name: string): Machine {
  const host = simulated.world.host(name)
  return {
    name,
    opens: async (definition) => {
      await untilGranted(`${definition} is opened on ${name}`, () => host.open(definition))
    },
    cannotOpen: (definition) => {
      const problem = host.open(definition)
      if (problem === undefined) throw new Error(`${definition} was opened on ${name}`)
      return problem
    },
    closes: (definition) => host.close(definition),
    writes: async (definition, block, text, volume) => {
      const write = () => host.write(definition, block, text, volume)
      await untilGranted(`${text} is written on ${name}`, write)
    },
    cannotWrite: async (definition, block, text) => {
      const problem = host.write(definition, block, text)
      if (problem === undefined) throw new Error(`${text} was written on ${name}`)
      return problem
    },
    reads: (definition, volume) => host.contents(definition, volume),
    holds: (definition, volume) => host.replica(definition, volume),
    losesPower: () => simulated.crash(name),
    comesBack: () => simulated.boot(name),
    getsNewDisk: () => {
      host.replaceDisk('/dev/sda')
      for (const path of host.machine.files.keys()) {
        if (path.startsWith('/var/lib/varve')) host.machine.files.delete(path)
      }
    },
    runs: async (...argv) => {
      const { exitCode, stdout, stderr } = await host.host.run(argv)
      if (exitCode !== 0) throw new Error(`${name}# ${argv.join(' ')}: ${stderr}`)
      return stdout
    },
    logicalVolumes: () => [...(host.machine.groups.get('vg0')?.volumes.keys() ?? [])].sort(),
  }
}

/** DRBD needs a moment to notice that a peer is gone; an application waits as long. */
async function untilGranted(what: string, attempt: () => string | undefined): Promise<void> {
  let problem: string | undefined
  const isGranted = () => {
    problem = attempt()
    return problem === undefined
  }
  await until(what, isGranted).catch((cause: unknown) => {
    throw new Error(`never: ${what}: ${problem}`, { cause })
  })
}
