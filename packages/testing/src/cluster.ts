/**
 * A cluster in memory for tests of the rules: commands in, entries out, facts as a satellite
 * would report them. Time and ids are counters, so every run is the same.
 */
import { Agenda, accept, type Ports, type Request, type VaultView } from '@varve/controller/core'
import {
  type Args,
  type Capabilities,
  type Command,
  type CommandType,
  commands,
  createState,
  type Entry,
  evolveEntry,
  genesis,
  internalCommands,
  isRefusal,
  keyOf,
  nameKey,
  nothingObserved,
  type ObservedDevice,
  type ObservedDevicePool,
  type ObservedDevices,
  type ObservedPool,
  type ObservedResource,
  type ObservedView,
  type Refusal,
  refusalText,
  type State,
  type VarveEvent,
  volumesOf,
} from '@varve/events'
import type { z } from 'zod'

type Input<T extends CommandType> = z.input<(typeof commands & typeof internalCommands)[T]>

export const gib = 1024 * 1024

export const drbd9: Capabilities = {
  providers: {
    LVM: { able: true },
    LVM_THIN: { able: true },
    FILE: { able: true },
    FILE_THIN: { able: true },
    DISKLESS: { able: true },
  },
  layers: { DRBD: { able: true }, STORAGE: { able: true } },
  drbdKernel: '9.2.18',
  drbdUtils: '9.22.0',
}

export class TestCluster {
  readonly state: State = createState(genesis)
  readonly entries: Entry[] = []
  /** Of the block that each entry stands in. */
  readonly #sequences: number[] = []
  readonly pools = new Map<string, ObservedPool & { at: number }>()
  readonly resources = new Map<string, ObservedResource>()
  readonly devices = new Map<string, ObservedDevices>()
  /** Absent: the cluster has no open master key. */
  vault: VaultView | undefined
  #ids = 0
  #agenda: Agenda | undefined
  sequence = 0
  now = 1_000_000

  constructor() {
    this.must('cluster.found', {})
  }

  get observed(): ObservedView {
    return {
      ...nothingObserved,
      pool: (node, pool) => this.pools.get(keyOf(node, pool)),
      devices: (node) => this.devices.get(nameKey(node)),
      resource: (definition, node) => this.resources.get(keyOf(definition, node)),
    }
  }

  /** Sends a command; events of the entries it led to (policies included), or the refusal. */
  send<T extends CommandType>(type: T, input: Input<T>, id = this.newId()): VarveEvent[] | Refusal {
    const schema: z.ZodType = { ...commands, ...internalCommands }[type]
    const command = { type, args: schema.parse(input) as Args<T> } as Command
    return this.#run(command, id)
  }

  /** As `send` for a command that is parsed already: the refusal, if it is refused. */
  trySend(command: Command, id = this.newId()): Refusal | undefined {
    const outcome = this.#run(command, id)
    return isRefusal(outcome) ? outcome : undefined
  }

  #run(
    command: Command,
    id: string,
    origin: Pick<Partial<Request>, 'actor' | 'cause'> = {},
  ): VarveEvent[] | Refusal {
    this.now += 1
    const sequence = this.sequence + 1
    const actor = { kind: 'user', name: 'alice', via: 'cli' } as const
    const outcome = accept(this.state, { id, actor, command, ...origin }, this.#ports(sequence))
    if (isRefusal(outcome)) return outcome
    if (outcome.entries.length > 0) {
      this.sequence = sequence
      this.state.position.sequence = sequence
      this.entries.push(...outcome.entries)
      for (const _ of outcome.entries) this.#sequences.push(sequence)
      for (const entry of outcome.entries) this.#agenda?.note(this.state, entry)
    }
    return outcome.entries.flatMap((entry) => entry.events)
  }

  /** As `send`, for what a test takes for granted. */
  must<T extends CommandType>(type: T, input: Input<T>): VarveEvent[] {
    const outcome = this.send(type, input)
    if (isRefusal(outcome)) throw new Error(`${type}: ${refusalText(outcome)}`)
    return outcome
  }

  /** As `send`, for what the rules are to say no to: the refusal's code, sentence and measure. */
  refusal<T extends CommandType>(
    type: T,
    input: Input<T>,
  ): { code: string; text: string; measured: unknown } {
    const outcome = this.send(type, input)
    if (!isRefusal(outcome)) throw new Error(`${type} was accepted`)
    const { measured } = outcome.fields
    return { code: outcome.refused, text: refusalText(outcome), measured }
  }

  /** Registers a node that is online, with one thin pool of `freeKib`. */
  node(name: string, options: { freeKib?: number; capabilities?: Capabilities } = {}): void {
    const index = this.state.nodes.size + 1
    this.must('node.create', { node: name, address: `10.0.0.${index}` })
    this.must('fact.node-online', {
      node: name,
      boot: `boot-${name}`,
      uname: name,
      capabilities: options.capabilities ?? drbd9,
    })
    this.pool(name, 'thin', options.freeKib ?? 100 * gib)
  }

  pool(node: string, pool: string, freeKib: number): void {
    if (!this.state.pools.has(keyOf(node, pool))) {
      this.must('storage-pool.create', { node, pool, provider: 'LVM_THIN', backing: `vg/${pool}` })
    }
    this.pools.set(keyOf(node, pool), {
      pool,
      provider: 'LVM_THIN',
      totalKib: freeKib,
      freeKib,
      granularityKib: 4096,
      at: this.now,
    })
    this.must('fact.pool-measured', { node, pool, granularityKib: 4096 })
  }

  /** The node has told of its disks: 4 GiB each, empty unless something else is said. */
  disks(node: string, ...devices: (Partial<ObservedDevice> & { path: string })[]): void {
    this.devices.set(nameKey(node), {
      v: 1,
      node,
      boot: `boot-${node}`,
      at: this.now,
      devices: devices.map((device) => ({ sizeKib: 4 * gib, rotational: false, ...device })),
    })
  }

  /** What the node says of a device pool of it. */
  devicePool(node: string, backing: string, state: ObservedDevicePool['state'], problem?: string) {
    const owner = this.state.devicePools.get(keyOf(node, backing))?.origin.entry ?? ''
    const said = problem === undefined ? {} : { problem }
    return this.must('fact.device-pool-observed', { node, backing, owner, state, ...said })
  }

  /** The satellite of a node has done all it was told: every volume exists and is UpToDate. */
  deploy(definition: string, node: string, patch: Partial<Args<'fact.resource-observed'>> = {}) {
    const volumes = volumesOf(this.state, definition, node).map(({ number, pool }) => ({
      number,
      disk: pool === undefined ? ('Diskless' as const) : ('UpToDate' as const),
      ...(pool === undefined ? {} : { backingKib: 64 * gib }),
      deviceKib: 64 * gib,
    }))
    const args = { definition, node, from: this.sequence, absent: false, volumes, ...patch }
    return this.must('fact.resource-observed', args)
  }

  /** The node confirms that nothing is left of the resource. */
  confirmGone(definition: string, node: string) {
    return this.deploy(definition, node, { absent: true, volumes: [] })
  }

  /** Somebody has the device open on the node. */
  open(definition: string, node: string, role: 'Primary' | 'Secondary' = 'Primary'): void {
    this.resources.set(keyOf(definition, node), {
      v: 1,
      node,
      boot: `boot-${node}`,
      at: this.now,
      resource: definition,
      applied: { term: 1, from: this.sequence },
      status: 'applied',
      role,
      volumes: [],
      connections: [],
    })
  }

  /**
   * Time goes on by so many minutes, and the policies look at what is due, until they want nothing
   * more: events of the entries that they led to. Those that wait for time are never asked before.
   */
  runPolicies(minutes = 0): VarveEvent[] {
    this.now += minutes * 60_000
    this.#agenda ??= new Agenda(this.state)
    const events: VarveEvent[] = []
    for (let round = 0; this.#agenda.isDue(this.now); round += 1) {
      if (round > 1000) throw new Error('the policies do not come to rest')
      const sight = { state: this.state, observed: this.observed, now: this.now }
      for (const { policy, command, cause } of this.#agenda.take(sight)) {
        const actor = { kind: 'policy', name: policy, via: 'policy' } as const
        const outcome = this.#run(command, this.newId(), { actor, ...(cause ? { cause } : {}) })
        if (!isRefusal(outcome)) events.push(...outcome)
      }
    }
    return events
  }

  /** Another controller leads: whatever the old one had in mind is gone. */
  changeLeader(): void {
    this.#agenda = undefined
  }

  /** The same entries folded from nothing. */
  refold(): State {
    const state = createState(genesis)
    for (const [index, entry] of this.entries.entries()) {
      const sequence = this.#sequences[index] ?? 0
      evolveEntry(state, entry, sequence)
      state.position.sequence = sequence
    }
    return state
  }

  newId(): string {
    this.#ids += 1
    return `01J${String(this.#ids).padStart(23, '0')}`
  }

  #ports(sequence: number): Ports {
    return {
      now: this.now,
      sequence,
      newId: () => this.newId(),
      random64: () =>
        ((BigInt(this.#ids) * 0x9e3779b97f4a7c15n) % 2n ** 64n).toString(16).padStart(16, '0'),
      observed: this.observed,
      vault: this.vault,
    }
  }
}

/** Types of events, for tests that tell a story. */
export const typesOf = (events: readonly VarveEvent[]): string[] => events.map(({ type }) => type)
