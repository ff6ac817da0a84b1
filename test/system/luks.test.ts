/** Encrypted volumes on simulated machines: their life, the locked cluster, and where no secret is. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { type CommandReply, streams } from '@varve/events'
import type { Host } from '@varve/satellite'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openMaster } from '../../packages/controller/src/secrets/wrap.ts'
import { subjects, until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024
const layers = ['DRBD', 'LUKS', 'STORAGE'] as const
const passphrase = 'correct horse battery staple'
const spawn = {
  group: 'DfltRscGrp',
  definition: 'web',
  sizesKib: [gib],
  filter: { layers: [...layers], placeCount: 2 },
}

async function diskfulOf({ replicas, world }: SimulatedSystem) {
  const [first, second] = (await replicas('web'))
    .filter(({ kind }) => kind === 'diskful')
    .map(({ node }) => world.host(node))
  if (!first || !second) throw new Error('two replicas are deployed')
  return { first, second }
}

async function desiredText({ system }: SimulatedSystem, node: string): Promise<string> {
  const manager = await jetstreamManager(system.client)
  const query = { last_by_subj: subjects.desired(node, 'web') }
  return (await manager.streams.getMessage(streams.desired, query))?.string() ?? ''
}

const failureOn = async ({ replicas }: SimulatedSystem, node: string) =>
  (await replicas('web')).find((row) => row.node === node)?.observed?.failure

test('DRBD over LUKS: written, grown, locked out by a restart, opened again, taken away', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system, world } = simulated
  await system.must('encryption.create-passphrase', { passphrase })
  await system.must('resource-group.spawn', spawn)
  await simulated.untilDeployed('web', 2)
  const { first, second } = await diskfulOf(simulated)
  const blkid = async (path: string) => (await first.host.run(['blkid', path])).stdout
  expect(await blkid('/dev/vg0/web_00000')).toContain('TYPE=crypto_LUKS')
  expect(first.open('web')).toBeUndefined()
  expect(first.write('web', 1, 'pattern')).toBeUndefined()

  await simulated.controller.stop()
  await simulated.crash(first.name)
  await system.startController('c2')
  await until('the documents have no keys any more', async () =>
    (await desiredText(simulated, first.name)).includes('unavailable') ? true : undefined,
  )
  await simulated.boot(first.name)
  const sentence = await until('the closed volume is told', () => failureOn(simulated, first.name))
  expect(sentence).toContain('volume 0 is encrypted and closed: the cluster is locked')
  expect(sentence).toContain('varve encryption enter-passphrase')
  // What is open on the other node stays so, and this one reads it over the network.
  await until('the peer may be opened', () => second.open('web') === undefined || undefined)
  expect(second.read('web', 1)).toBe('pattern')
  expect(second.write('web', 2, 'while the other was closed')).toBeUndefined()

  await system.must('encryption.enter-passphrase', { passphrase })
  await simulated.untilDeployed('web', 2)
  await until('the one that was closed has caught up', () =>
    first.replica('web') === second.replica('web') ? true : undefined,
  )
  await system.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  await until('the resize is done', async () => {
    const reply = await system.query('operations')
    return reply.ok && (reply.data as { total: number }).total === 0 ? true : undefined
  })
  expect(second.read('web', 2)).toBe('while the other was closed')
  second.close('web')
  await until('nobody has it open any more', async () =>
    (await simulated.replicas('web')).some(({ observed }) => observed?.role === 'Primary')
      ? undefined
      : true,
  )
  await system.must('resource-definition.delete', { definition: 'web' })
  await simulated.untilGone('web')
  for (const { host } of [first, second]) {
    expect((await host.run(['dmsetup', 'table', '--target', 'crypt'])).stdout).toContain(
      'No devices',
    )
    expect((await host.run(['lvs', '--options', 'lv_name'])).stdout).not.toContain('web')
  }
  expect(world.unknown).toEqual([])
})

test('a node that lost its key pair gets its keys sealed to the new one', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system, world } = simulated
  await system.must('encryption.create-passphrase', { passphrase })
  await system.must('resource-group.spawn', spawn)
  await simulated.untilDeployed('web', 2)
  const { first } = await diskfulOf(simulated)
  await simulated.crash(first.name)
  world.host(first.name).boot()
  await first.host.removeFile('/var/lib/varve.d/node.key')
  await simulated.startSatellite(first.name)
  const history = async () =>
    JSON.stringify(await system.query('history', { object: `node/${first.name}` }))
  await until('the new key is known', async () =>
    (await history()).includes('sealed to a new key') ? true : undefined,
  )
  await until('the volume is open again', () =>
    first.replica('web') === undefined ? undefined : true,
  )
  await simulated.untilDeployed('web', 2)
})

/** Runs everything that touches a secret, and collects whatever anybody could get to see of it. */
async function observedCluster() {
  const argv: string[] = []
  const keys = new Set<string>()
  const logged: string[] = []
  const wire: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const between = (host: Host): Host => ({
    ...host,
    run: (words, options) => {
      argv.push(words.join(' '))
      const input = words[0] === 'cryptsetup' ? (options?.stdin ?? '') : ''
      for (const key of input.split('\n')) if (key !== '') keys.add(key)
      return host.run(words, options)
    },
  })
  const nodes = ['n1', 'n2', 'n3']
  const simulated = await startSimulated({ nodes, between, log, controller: { log } })
  simulated.system.client.subscribe('>', {
    callback: (error, message) => {
      // A request with a passphrase is how it comes in; TLS is what protects it there.
      const isRequest = message.subject.startsWith('varve.test.cmd.')
      if (!error && !isRequest) wire.push(`${message.subject} ${message.string()}`)
    },
  })
  return { simulated, argv, keys, logged, wire }
}

async function filesBelow(directory: string): Promise<{ path: string; bytes: Buffer }[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = names
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
  return Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })))
}

/** A secret in the forms in which it could slip through. */
const formsOf = (secret: Buffer) => [
  secret,
  Buffer.from(secret.toString('base64')),
  Buffer.from(secret.toString('hex')),
  Buffer.from(JSON.stringify(secret.toString('utf8')).slice(1, -1)),
]

test('no passphrase and no key is in the log, a document, a report, a reply, a file or an argv', async () => {
  const { simulated, argv, keys, logged, wire } = await observedCluster()
  await using _all = simulated
  const { system, world } = simulated
  const chosen = 'words that a user chose'
  const next = 'the passphrase after it'
  const changed = 'words that came after those'
  const replies: CommandReply[] = []
  const send: typeof system.command = async (...request) => {
    const reply = await system.command(...request)
    replies.push(reply)
    return reply
  }
  await send('encryption.create-passphrase', { passphrase })
  await send('encryption.enter-passphrase', { passphrase: `${passphrase}, but wrong` })
  await send('encryption.create-passphrase', { passphrase })
  await send('resource-group.spawn', spawn)
  const own = { ...spawn, definition: 'own', volumePassphrases: [chosen] }
  await send('resource-group.spawn', own, { plan: true })
  await send('resource-group.spawn', own)
  await send('volume-definition.create', {
    definition: 'nowhere',
    sizeKib: gib,
    passphrase: chosen,
  })
  await simulated.untilDeployed('web', 2)
  await simulated.untilDeployed('own', 2)
  await send('volume-definition.resize', { definition: 'own', number: 0, sizeKib: 2 * gib })
  await until('the resize is done', async () => {
    const reply = await system.query('operations')
    return reply.ok && (reply.data as { total: number }).total === 0 ? true : undefined
  })
  const node = (await diskfulOf(simulated)).first
  node.fault({
    argv: ['cryptsetup'],
    times: 1,
    effect: { kind: 'fail', code: 1, stderr: 'it broke' },
  })
  await simulated.crash(node.name)
  await simulated.boot(node.name)
  await until('the failed attempt was reported', () =>
    wire.some((text) => text.includes('it broke')) ? true : undefined,
  )
  await simulated.untilDeployed('own', 2)
  const change = { definition: 'own', number: 0, passphrase: changed }
  await send('volume-definition.modify-passphrase', change)
  await until('the headers are changed', async () => {
    const reply = await system.query('operations')
    return reply.ok && (reply.data as { total: number }).total === 0 ? true : undefined
  })
  await send('encryption.modify-passphrase', { oldPassphrase: passphrase, newPassphrase: next })
  const shown = await Promise.all([
    system.query('encryption'),
    system.query('history', { object: 'controller' }),
    system.query('volume-definition', { definition: 'own', number: 0 }),
    system.query('log', { limit: 100 }),
  ])

  expect(keys).toContain(chosen)
  expect(keys).toContain(changed)
  expect(keys.size).toBe(3)
  const closed = /scrypt\$[^"\\]+/.exec(wire.find((text) => text.includes('scrypt$')) ?? '')?.[0]
  const master = closed && (await openMaster(closed, passphrase))
  if (!master) throw new Error('the log holds the master key under its passphrase')
  const random = [...keys].filter((key) => key !== chosen && key !== changed)
  const pems = await Promise.all(
    ['n1', 'n2', 'n3'].map((name) => world.host(name).host.readFile('/var/lib/varve.d/node.key')),
  )
  const file = (await node.host.readFile('/var/lib/varve.d/own.res')) ?? ''
  const shared = /shared-secret "([^"]+)"/.exec(file)?.[1]
  if (shared === undefined) throw new Error('connections have a shared secret')
  const secrets = [
    Buffer.from(shared),
    ...[passphrase, chosen, changed, next, ...random].map((text) => Buffer.from(text)),
    ...random.map((key) => Buffer.from(key, 'base64')),
    ...pems.map((pem = '') => Buffer.from(pem.split('\n')[1] ?? 'no key')),
    master,
  ].flatMap(formsOf)
  const places = [
    ...(await filesBelow(system.directory)),
    { path: 'argv', bytes: Buffer.from(argv.join('\n')) },
    { path: 'logs', bytes: Buffer.from(logged.join('')) },
    { path: 'wire', bytes: Buffer.from(wire.join('\n')) },
    { path: 'replies', bytes: Buffer.from(JSON.stringify([replies, shown])) },
  ]
  for (const { path, bytes } of places) {
    for (const secret of secrets) expect(bytes.includes(secret), path).toBe(false)
  }
  // All of it has happened: each place has what it should have instead.
  const all = (name: string) => places.find(({ path }) => path === name)?.bytes.toString() ?? ''
  expect(all('argv')).toContain('cryptsetup resize --key-file - Linstor-Crypt-own_00000')
  expect(all('wire')).toContain('"state":"sealed"')
  expect(all('logs')).toContain('luksFormat')
  // What is sealed opens without the passphrase: it must not be in what is kept for ever.
  const sealed = [...all('wire').matchAll(/"sealed":"([^"]+)"/g)].map(([, box = '']) => box)
  for (const { path, bytes } of places.filter(({ path }) => path.includes('journal'))) {
    for (const box of sealed) expect(bytes.includes(box), path).toBe(false)
  }
})

test('a volume gets another passphrase while it is in use; the old one opens nothing any more', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system, world } = simulated
  await system.must('encryption.create-passphrase', { passphrase })
  await system.must('resource-group.spawn', { ...spawn, volumePassphrases: ['the first words'] })
  await simulated.untilDeployed('web', 2)
  const { first, second } = await diskfulOf(simulated)
  expect(first.open('web')).toBeUndefined()
  expect(first.write('web', 1, 'pattern')).toBeUndefined()
  await simulated.stopSatellite(second.name)
  const change = { definition: 'web', number: 0, passphrase: 'other words' }
  const reply = await system.must('volume-definition.modify-passphrase', change)
  const operation = async () => {
    const found = await system.query('operation', { operation: reply.operation ?? '' })
    return found.ok ? JSON.stringify(found.data) : undefined
  }
  const waiting = await until('the first node has changed its header', async () => {
    const text = await operation()
    return text?.includes(`"${first.name}"`) ? undefined : text
  })
  expect(waiting).toContain(`"${second.name}"`)
  await simulated.startSatellite(second.name)
  await until('the change is done', async () => ((await operation()) ? undefined : true))
  for (const { host } of [first, second]) {
    const argv = [
      'cryptsetup',
      'open',
      '--test-passphrase',
      '--key-file',
      '-',
      '/dev/vg0/web_00000',
    ]
    expect(await host.run(argv, { stdin: 'other words' })).toMatchObject({ exitCode: 0 })
    expect(await host.run(argv, { stdin: 'the first words' })).toMatchObject({ exitCode: 2 })
  }
  await simulated.crash(first.name)
  await simulated.boot(first.name)
  await until('the volume is open again', () =>
    first.replica('web') === undefined ? undefined : true,
  )
  await until('it has what was written', () =>
    first.replica('web') === second.replica('web') ? true : undefined,
  )
  expect(world.unknown).toEqual([])
})
