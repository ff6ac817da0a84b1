/**
 * A journal as a controller would have written it, made by the same rules without a server: ten
 * nodes, then definitions with three replicas each, each replica reported as deployed.
 */
import { join } from 'node:path'
import {
  type Capabilities,
  type Command,
  type CommandReply,
  createState,
  genesis,
  nothingObserved,
  type ObservedView,
} from '@varve/events'
import { newId, random64 } from '../../packages/controller/src/id.ts'
import { Sequencer } from '../../packages/controller/src/lead/sequencer.ts'
import { openJournal } from '../../packages/controller/src/log/journal.ts'

const gib = 1024 * 1024
const poolKib = 2 ** 40
export const nodeNames = Array.from({ length: 10 }, (_, index) => `n${index + 1}`)

const capabilities: Capabilities = {
  providers: { LVM_THIN: { able: true }, DISKLESS: { able: true } },
  layers: { DRBD: { able: true }, STORAGE: { able: true } },
  drbdKernel: '9.2.18',
  drbdUtils: '9.22.0',
}

const thin = { pool: 'thin', provider: 'LVM_THIN', totalKib: poolKib, freeKib: poolKib } as const
const observed: ObservedView = {
  ...nothingObserved,
  pool: (_node, pool) => (pool.toLowerCase() === 'thin' ? { ...thin, at: 0 } : undefined),
}

const user = { kind: 'user', name: 'bench', via: 'bench' } as const
const observer = { kind: 'observer', name: 'c1', via: 'observer' } as const

export type Grown = { readonly entries: number; readonly events: number }

/** Writes `<directory>/journal`; definitions are named `web1`… and have 1 GiB each. */
export async function growJournal(
  directory: string,
  definitions: number,
  /** Small changes follow until there are so many entries. */
  entries = 0,
): Promise<Grown> {
  await using journal = await openJournal(join(directory, 'journal'))
  const state = createState(genesis)
  let events = 0
  const sequencer = new Sequencer({
    state,
    writer: {
      async append(bytes) {
        await journal.append([bytes])
        return { kind: 'stored', ...journal.last }
      },
    },
    ports: (sequence) => ({ now: Date.now(), sequence, newId, random64, observed }),
    hasMoved: () => false,
    isCurrent: () => true,
    seal: () => undefined,
    stored: (entries) => {
      for (const entry of entries) events += entry.events.length
    },
    failed: (reason) => {
      throw reason
    },
    onBug: (error) => {
      throw error
    },
  })
  const tell = (command: Command): Promise<Extract<CommandReply, { ok: true }>> =>
    new Promise((resolve, reject) => {
      const actor = command.type.startsWith('fact.') ? observer : user
      sequencer.submit({
        request: { id: newId(), actor, command },
        answer: (reply) => (reply.ok ? resolve(reply) : reject(new Error(reply.refusal.message))),
      })
    })
  state.position.term = 1
  for (const command of foundation()) await tell(command)
  let left = definitions
  const grower = async () => {
    while (left > 0) {
      const definition = `web${left--}`
      await tell({
        type: 'resource-group.spawn',
        args: { group: 'fast', definition, sizesKib: [gib] },
      })
      const resources = state.resources.by('definition', definition)
      await Promise.all(resources.map(({ node }) => tell(deployed(definition, node))))
    }
  }
  await Promise.all(Array.from({ length: 64 }, grower))
  let turn = 0
  const changer = async () => {
    while (state.position.entries < entries) {
      turn += 1
      const definition = `web${1 + (turn % definitions)}`
      const setProps = { 'Aux/turn': String(turn) }
      await tell({ type: 'resource-definition.modify', args: { definition, setProps } })
    }
  }
  await Promise.all(Array.from({ length: 64 }, changer))
  await sequencer.close()
  return { entries: state.position.entries, events }
}

function* foundation(): Generator<Command> {
  yield { type: 'leader.elect', args: { term: 1, controller: 'bench' } }
  yield { type: 'cluster.found', args: {} }
  yield { type: 'controller.modify', args: { setProps: { TcpPortAutoRange: '7000-65000' } } }
  for (const [index, node] of nodeNames.entries()) {
    const about = { node, boot: `boot-${node}`, uname: node, capabilities }
    yield { type: 'node.create', args: { node, kind: 'Satellite', address: `10.0.0.${index + 1}` } }
    yield {
      type: 'storage-pool.create',
      args: { node, pool: 'thin', provider: 'LVM_THIN', backing: 'vg/thin' },
    }
    yield { type: 'fact.node-online', args: about }
  }
  yield {
    type: 'resource-group.create',
    args: { group: 'fast', filter: { placeCount: 3, pools: ['thin'] } },
  }
}

function deployed(definition: string, node: string): Command {
  const volume = { number: 0, disk: 'UpToDate', backingKib: gib + 4096, deviceKib: gib } as const
  return {
    type: 'fact.resource-observed',
    args: { definition, node, from: Number.MAX_SAFE_INTEGER, absent: false, volumes: [volume] },
  }
}
