/**
 * Every verb with every role, and every way around that we know of, on a real server. What a role
 * may not do has nobody to hear it: its account imports no such subject.
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type Msg, type NatsConnection } from '@nats-io/transport-node'
import {
  type CommandReply,
  commands,
  grantsOf,
  importedApi,
  mayCommand,
  type PublicCommandType,
  type Role,
  streams,
  subjectsOf,
} from '@varve/events'
import { queries } from '@varve/projections'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from './harness.ts'
import { cluster, type MemberName, members, type Site, startSite } from './roles/site.ts'

const subjects = subjectsOf(cluster)
const everyType = Object.keys(commands) as PublicCommandType[]
const everybody = Object.entries(members) as [MemberName, Role][]
let site: Site

beforeAll(async () => {
  site = await startSite()
  await until('a node can be made', async () => {
    const reply = await command('ada', 'node.create', { node: 'n2', address: '10.0.0.2' })
    return reply?.ok
  })
  // What it reports when it starts becomes facts of the log: after that nothing more happens.
  await until('its satellite has been heard', async () => {
    const reply = await heard(site.of.ada, subjects.query('nodes'))
    return reply?.string().includes('"online"')
  })
})
afterAll(() => site?.[Symbol.asyncDispose]())

/** Undefined: nobody is there for it, or nobody has answered. */
async function heard(from: NatsConnection, subject: string, body: object | string = { v: 1 }) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return from.request(subject, text, { timeout: 1_000 }).catch((): Msg | undefined => undefined)
}

async function command(as: MemberName, type: PublicCommandType, args: object, name: string = as) {
  const body = { v: 1, id: ulid(), args }
  const message = await heard(site.of[as], subjects.command(name, type), body)
  return message?.json<CommandReply>()
}

describe.each(everybody)('%s, %s', (name, role) => {
  it('is heard with exactly the commands of the table', async () => {
    const may: string[] = []
    for (const type of everyType) if (await command(name, type, { nonsense: 1 })) may.push(type)
    expect(may).toEqual(everyType.filter((type) => mayCommand(role, type)))
  })

  it('cannot send a command in the name of somebody else', async () => {
    for (const other of ['ada', 'otto', 'c1', '*']) {
      if (other === name) continue
      expect(await command(name, 'resource-group.create', { group: 'forged' }, other)).toBe(
        undefined,
      )
    }
  })

  it('asks what its role may ask', async () => {
    const asked = await Promise.all(
      Object.keys(queries).map((noun) => heard(site.of[name], subjects.query(noun))),
    )
    const isEach = asked.map((reply) => reply !== undefined)
    expect(new Set(isEach)).toEqual(new Set([role !== 'satellite']))
  })

  it('reaches of JetStream what it was granted, under either prefix', async () => {
    const stream = streams.log
    const granted = grantsOf(cluster, role, name).services.includes(`$JS.API.STREAM.INFO.${stream}`)
    const info = await heard(site.of[name], `${importedApi}.STREAM.INFO.${stream}`, '')
    expect(info !== undefined).toBe(granted)
    const body = JSON.stringify({ filter: '' })
    for (const prefix of [importedApi, '$JS.API']) {
      for (const api of [
        `STREAM.DELETE.${stream}`,
        `STREAM.PURGE.${stream}`,
        `STREAM.UPDATE.${stream}`,
        `STREAM.MSG.GET.${streams.desired}`,
        `STREAM.INFO.${streams.desired}`,
        `DIRECT.GET.${streams.desired}.${subjects.desiredNode('n2')}`,
        `CONSUMER.CREATE.${stream}.thief`,
        `CONSUMER.CREATE.${streams.desired}.thief.${subjects.desired('n2', 'web')}`,
        `CONSUMER.DURABLE.CREATE.${streams.desired}.thief`,
        `CONSUMER.DELETE.${streams.desired}.node-n2`,
        `CONSUMER.MSG.NEXT.${streams.desired}.node-n${name === 'n2' ? 1 : 2}`,
        `CONSUMER.INFO.${streams.desired}.node-n${name === 'n2' ? 1 : 2}`,
      ]) {
        const answer = (await heard(site.of[name], `${prefix}.${api}`, body))?.json<object>()
        // At most the server says that this account has no JetStream.
        expect([api, answer === undefined || 'error' in answer]).toEqual([api, true])
      }
    }
    expect((await stateOf(streams.log)).messages).toBeGreaterThan(0)
  })

  it('hears nothing that is for others', async () => {
    const own = site.of[name]
    const subjectsHeard = new Set<string>()
    const all = own.subscribe('>', {
      callback: (_error, { subject }) => void subjectsHeard.add(subject),
    })
    const inbox = own.subscribe('_INBOX_ada.>', {
      callback: () => void subjectsHeard.add('an inbox of ada'),
    })
    await own.flush()
    await command('ada', 'resource-group.create', { group: `for-${name}` })
    site.core.publish(subjects.desired('n2', `for-${name}`), '{}')
    site.core.publish(subjects.republish(name === 'n2' ? 'n1' : 'n2'), '')
    await site.core.flush()
    await site.of.ada.flush()
    await own.flush()
    all.unsubscribe()
    inbox.unsubscribe()
    const foreign = [...subjectsHeard].filter(
      (subject) =>
        subject === subjects.log ||
        (subject.startsWith(subjects.desiredOf('n2').slice(0, -1)) && name !== 'n2') ||
        (subject === 'an inbox of ada' && name !== 'ada') ||
        (subject.includes('.cmd.ada.') && name !== 'ada') ||
        subject === subjects.republish(name === 'n2' ? 'n1' : 'n2'),
    )
    expect(foreign).toEqual([])
  })

  it('writes into no stream but its own observations', async () => {
    const before = await counts()
    const own = site.of[name]
    for (const subject of [
      subjects.log,
      subjects.lease,
      subjects.desired('n1', 'web'),
      subjects.desiredNode('n2'),
      subjects.observed(name === 'n2' ? 'n1' : 'n2', 'node', 'forged'),
    ]) {
      own.publish(subject, '{}')
      expect(await heard(own, subject, '{}')).toBe(undefined)
    }
    await own.flush()
    expect(await counts()).toEqual(before)
  })
})

/** The hole of a single account: the answer to an honest request is sent to a stream's subject. */
describe.each(everybody)('answers to %s, %s, go nowhere else', (name, role) => {
  it.each([
    subjects.log,
    subjects.lease,
    subjects.desired('n2', 'web'),
    subjects.observed('n9', 'node', 'forged'),
  ])('not to %s', async (target) => {
    const before = await counts()
    const own = site.of[name]
    for (const service of grantsOf(cluster, role, name).services) {
      const subject = service
        .replace('$JS.API', importedApi)
        .replace('*', 'status')
        .replace('>', 'node.x')
      own.publish(subject, JSON.stringify({ v: 1, id: ulid(), args: {} }), { reply: target })
    }
    await own.flush()
    // An answer that went astray would be on its way before this one is answered.
    await heard(site.of.ada, subjects.query('status'))
    expect(await counts()).toEqual(before)
  })
})

it('a stolen key of a node is good for that node alone', async () => {
  const thief = await site.connectAs('thief', site.keys.n1)
  expect(await heard(thief, subjects.attach('n2'), '')).toBe(undefined)
  expect(await heard(thief, subjects.query('nodes'))).toBe(undefined)
  const client = jetstream(thief, { apiPrefix: importedApi })
  await expect(client.consumers.get(streams.desired, 'node-n2')).rejects.toThrow()
})

it('no header of a node can stop what is stored for others', async () => {
  const poison = headers()
  poison.set('Nats-Expected-Last-Msg-Id', 'nonsense')
  const own = site.of.n1
  own.publish(subjects.observed('n1', 'node', 'n1'), '{}', { headers: poison })
  await own.flush()
  const { messages } = await stateOf(streams.observed)
  await until('observations are stored as before', async () => {
    own.publish(subjects.observed('n1', 'drift', ulid().toLowerCase()), '{}')
    await own.flush()
    return (await stateOf(streams.observed)).messages > messages || undefined
  })
})

it('whoever has no key is not let in', async () => {
  const { connect } = await import('@nats-io/transport-node')
  await expect(connect({ servers: site.nats.url, reconnect: false })).rejects.toThrow(
    /authorization/i,
  )
})

it('the actor in the log is whose key it was', async () => {
  const reply = await heard(site.of.vera, subjects.query('history'), {
    v: 1,
    args: { object: 'node/n2' },
  })
  expect(reply?.string()).toContain('"ada"')
  const groups = await heard(site.of.vera, subjects.query('resource-groups'))
  expect(groups?.string()).not.toContain('forged')
})

async function stateOf(stream: string) {
  const manager = await jetstreamManager(site.core, { checkAPI: false })
  return (await manager.streams.info(stream)).state
}

/** Of the stream of observations, where a real satellite writes as well: what is forged. */
async function counts(): Promise<Record<string, number | object>> {
  const manager = await jetstreamManager(site.core, { checkAPI: false })
  const filter = { subjects_filter: subjects.observed('*', 'node', 'forged') }
  const observed = await manager.streams.info(streams.observed, filter)
  return {
    log: (await stateOf(streams.log)).last_seq,
    desired: (await stateOf(streams.desired)).last_seq,
    forged: observed.state.subjects ?? {},
  }
}
