/** File systems of new volumes on simulated machines: made once, whoever dies, and never over anything. */
import type { CommandResult, Host } from '@varve/satellite'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const mib = 1024
const nodes = ['n1', 'n2', 'n3'] as const
type Layers = ('DRBD' | 'STORAGE')[]

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** Every mkfs that was run, as `node: argv`; `hook` is told of each before and after. */
type Watch = {
  readonly made: string[]
  hook?: (node: string, moment: 'before' | 'after', argv: readonly string[]) => void
  /** Nothing of it reaches its machine any more. */
  readonly dead: Set<string>
}

function watched(host: Host, node: string, watch: Watch): Host {
  const nothing = (argv: readonly string[]): CommandResult => {
    return { argv, stdout: '', stderr: '', timedOut: true }
  }
  return {
    ...host,
    run: async (argv, options) => {
      if (watch.dead.has(node)) return nothing(argv)
      const isMaking = argv[0]?.startsWith('mkfs') === true
      if (isMaking) {
        watch.hook?.(node, 'before', argv)
        watch.made.push(`${node}: ${argv.join(' ')}`)
      }
      const result = await host.run(argv, options)
      if (isMaking) watch.hook?.(node, 'after', argv)
      return watch.dead.has(node) ? nothing(argv) : result
    },
    writeFile: async (path, text) =>
      watch.dead.has(node) ? undefined : host.writeFile(path, text),
    removeFile: async (path) => (watch.dead.has(node) ? undefined : host.removeFile(path)),
  }
}

async function start(props: Record<string, string> = {}) {
  const watch: Watch = { made: [], dead: new Set() }
  const system = await startSimulated({
    nodes,
    between: (host, node) => watched(host, node, watch),
  })
  simulated = system
  const { must, query } = system.system
  const setProps = { 'FileSystem/Type': 'ext4', ...props }
  await must('resource-group.modify', { group: 'DfltRscGrp', setProps })
  return {
    ...system,
    watch,
    must,
    spawn: (definition: string, layers: Layers = ['DRBD', 'STORAGE'], placeCount = 2) =>
      must('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition,
        sizesKib: [64 * mib],
        filter: { layers, placeCount },
      }),
    async settled(definition: string) {
      await until(`${definition} is settled`, async () => {
        const reply = await query('settled', { definition })
        return (reply.ok && (reply.data as { isSettled: boolean }).isSettled) || undefined
      })
    },
    /** How often it was told that the volume has its file system. */
    async timesTold(): Promise<number> {
      const reply = await query('history', { object: 'resource-definition/web', limit: 1000 })
      return JSON.stringify(reply).split('has its file system').length - 1
    },
    failures: async (definition: string) =>
      JSON.stringify((await system.replicas(definition)).map(({ observed }) => observed?.failure)),
    roles: () =>
      nodes.map((node) => system.world.host(node).machine.kernel?.resources.get('web')?.role),
  }
}

test('a spawn: made once on one node, the other has it, and it is told in the log', async () => {
  const { watch, world, spawn, settled, replicas, roles, timesTold } = await start({
    'FileSystem/User': 'alice',
    'FileSystem/Group': '50',
    'FileSystem/MkfsParams': '-m 0',
  })
  for (const node of nodes) {
    world.host(node).plantFile('/etc/passwd', 'alice:x:1000:1000::/home/alice:/bin/sh\n')
  }
  await spawn('web')
  await settled('web')
  expect(watch.made).toHaveLength(1)
  expect(watch.made[0]).toContain('mkfs.ext4 -q -m 0 -F -E nodiscard,root_owner=1000:50 /dev/drbd')
  const diskful = (await replicas('web')).filter(({ kind }) => kind === 'diskful')
  expect(diskful).toHaveLength(2)
  for (const { node } of diskful) {
    expect(world.host(node).replica('web')).toMatch(/^0=fs:ext4:[^:]+:1000:50:\d+$/)
  }
  expect(roles()).not.toContain('Primary')
  expect(await timesTold()).toBe(1)
  expect(world.unknown).toEqual([])
})

test('without DRBD, and with XFS', async () => {
  const { watch, world, spawn, settled } = await start({
    'FileSystem/Type': 'xfs',
    'FileSystem/User': '7',
  })
  await spawn('web', ['STORAGE'], 1)
  await settled('web')
  expect(watch.made).toHaveLength(1)
  const contents = nodes.flatMap((node) => {
    const { groups } = world.host(node).machine
    return groups.get('vg0')?.volumes.get('web_00000')?.device.content.get(0) ?? []
  })
  expect(contents).toEqual([expect.stringMatching(/^fs:xfs:[^:]+:7:0:\d+$/)])
  expect(world.unknown).toEqual([])
})

test('the satellite dies between mkfs and its report: not made twice, and Secondary again', async () => {
  const { watch, world, spawn, settled, startSatellite, stopSatellite, roles } = await start()
  const died = Promise.withResolvers<string>()
  watch.hook = (node, moment) => {
    if (moment !== 'after') return
    watch.dead.add(node)
    died.resolve(node)
  }
  await spawn('web')
  const node = await died.promise
  await stopSatellite(node)
  const before = world.host(node).replica('web')
  expect(before).toContain('fs:ext4')
  expect(roles()).toContain('Primary')
  watch.dead.delete(node)
  await startSatellite(node)
  await settled('web')
  expect(watch.made).toHaveLength(1)
  expect(world.host(node).replica('web')).toBe(before)
  expect(roles()).not.toContain('Primary')
})

test('it dies between Primary and mkfs: the next one goes on', async () => {
  const { watch, world, spawn, settled, startSatellite, stopSatellite, roles } = await start()
  const died = Promise.withResolvers<string>()
  let isFirst = true
  watch.hook = (node, moment) => {
    if (moment !== 'before' || !isFirst) return
    isFirst = false
    world.host(node).fault({
      argv: ['mkfs.ext4'],
      times: 1,
      effect: { kind: 'fail', code: 1, stderr: 'killed' },
    })
    queueMicrotask(() => watch.dead.add(node))
    died.resolve(node)
  }
  await spawn('web')
  const node = await died.promise
  await stopSatellite(node)
  expect(roles()).toContain('Primary')
  watch.dead.delete(node)
  await startSatellite(node)
  await settled('web')
  expect(world.host(node).replica('web')).toContain('fs:ext4')
  expect(roles()).not.toContain('Primary')
})

test('mkfs fails: a sentence, Secondary again, and made when the reason is gone', async () => {
  const { world, spawn, settled, failures, roles, must } = await start()
  const lifts = nodes.map((node) =>
    world.host(node).fault({ argv: ['mkfs.ext4'], effect: { kind: 'missing' } }),
  )
  await spawn('web')
  await until('it is told', async () =>
    (await failures('web')).includes('install e2fsprogs') ? true : undefined,
  )
  await until('nobody is Primary', () => (roles().includes('Primary') ? undefined : true))
  for (const lift of lifts) lift()
  await must('resource-definition.modify', { definition: 'web', setProps: { 'Aux/again': '1' } })
  await settled('web')
})

test('somebody uses it before we come: it stays his, and nothing is made', async () => {
  const { world, watch, spawn, failures, settled, replicas } = await start({
    'FileSystem/User': 'bob',
  })
  await spawn('web')
  await until('the user is missed', async () =>
    (await failures('web')).includes('the user bob') ? true : undefined,
  )
  const isMaker = ({ observed }: { observed?: { failure?: string } }) =>
    observed?.failure !== undefined
  const maker = (await replicas('web')).find(isMaker)?.node ?? ''
  const host = world.host(maker)
  await until('it may be opened', () => host.open('web') === undefined || undefined)
  host.plantFile('/etc/passwd', 'bob:x:7:7::/:/bin/sh\n')
  await until('it says so', async () =>
    (await failures('web')).includes('somebody uses it') ? true : undefined,
  )
  expect(host.machine.kernel?.resources.get('web')?.role).toBe('Primary')
  expect(watch.made).toEqual([])
  expect(host.write('web', 0, 'fs:xfs:theirs')).toBeUndefined()
  await settled('web')
  expect(watch.made).toEqual([])
  expect(host.replica('web')).toBe('0=fs:xfs:theirs')
  expect(host.machine.kernel?.resources.get('web')?.role).toBe('Primary')
})
