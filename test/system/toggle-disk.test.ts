/** Disks of replicas come and go while somebody works, whoever dies in between. */
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** A pair on n1 and n2 with a diskless peer on n3, where it is open and holds `text`. */
async function pairWithClient(text: string) {
  const system = await startSimulated({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  simulated = system
  const { must, query } = system.system
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  await must('resource.create', { definition, node: 'n3', kind: 'diskless' })
  for (const node of ['n1', 'n2']) {
    await must('resource.create', { definition, node, pool: 'thin' })
  }
  const settled = async () => {
    let last: unknown
    await until('it is settled', async () => {
      const reply = await query('settled', { definition })
      last = reply
      return (reply.ok && (reply.data as { isSettled: boolean }).isSettled) || undefined
    }).catch((cause: unknown) => {
      throw new Error(JSON.stringify(last), { cause })
    })
  }
  await settled()
  const n3 = system.world.host('n3')
  expect(n3.open(definition)).toBeUndefined()
  expect(n3.write(definition, 1, text)).toBeUndefined()
  return {
    ...system,
    must,
    settled,
    n3,
    toggle: (node: string, more: object = {}) =>
      must('resource.toggle-disk', { definition, node, ...more }),
    /** Logical volumes of the resource on a node. */
    volumes: (node: string) =>
      [...(system.world.host(node).machine.groups.get('vg0')?.volumes.keys() ?? [])].filter(
        (name) => name.startsWith(definition),
      ),
    replica: (node: string) => system.world.host(node).replica(definition),
    waiting: async () => {
      const reply = await query('settled', { definition })
      return reply.ok ? (reply.data as { waiting: string[] }).waiting.join('; ') : ''
    },
  }
}

test('who has it open gets a disk and gives one up again, and another replica moves', async () => {
  const it = await pairWithClient('first')
  await it.toggle('n3')
  await it.settled()
  expect(it.replica('n3')).toBe('1=first')
  expect(it.n3.write(definition, 2, 'second')).toBeUndefined()

  await it.toggle('n4', { migrateFrom: 'n1' })
  await it.settled()
  await until('the source is gone', async () => it.volumes('n1').length === 0 || undefined)
  expect(it.replica('n4')).toBe('1=first 2=second')

  await it.toggle('n3')
  await it.settled()
  expect(it.volumes('n3')).toEqual([])
  expect(it.n3.write(definition, 3, 'third')).toBeUndefined()
  for (const node of ['n2', 'n4']) expect(it.replica(node)).toBe('1=first 2=second 3=third')
  expect(it.world.unknown).toEqual([])
})

test('a disk that cannot be made is named, and its addition is turned back', async () => {
  const it = await pairWithClient('text')
  const lift = it.n3.fault({
    argv: ['lvcreate'],
    effect: { kind: 'fail', code: 5, stderr: 'no space' },
  })
  await it.toggle('n3')
  await until('the failure is named', async () =>
    (await it.waiting()).includes('no space') ? true : undefined,
  )
  await it.toggle('n3', { cancel: true })
  await it.settled()
  lift()
  expect(it.volumes('n3')).toEqual([])
  expect(it.n3.write(definition, 2, 'on')).toBeUndefined()
  expect(it.replica('n1')).toBe('1=text 2=on')
})

test('a removal is turned back while its node is away, and nothing that was written is missing', async () => {
  const it = await pairWithClient('text')
  await it.stopSatellite('n2')
  await it.toggle('n2')
  expect(it.n3.write(definition, 2, 'meanwhile')).toBeUndefined()
  await it.toggle('n2')
  await it.startSatellite('n2')
  await it.settled()
  expect(it.replica('n2')).toBe('1=text 2=meanwhile')
})

test('a satellite that dies between letting go and removing goes on where it was', async () => {
  const it = await pairWithClient('text')
  const n2 = it.world.host('n2')
  const lift = n2.fault({ argv: ['lvremove'], effect: { kind: 'fail', code: 5, stderr: 'busy' } })
  await it.toggle('n2')
  await until('it is named', async () => ((await it.waiting()).includes('busy') ? true : undefined))
  await it.crash('n2')
  lift()
  // Written while the old disk lies there: should it come back, it has to get this.
  expect(it.n3.write(definition, 2, 'later')).toBeUndefined()
  await it.boot('n2')
  await it.settled()
  expect(it.volumes('n2')).toEqual([])
  await it.toggle('n2')
  await it.settled()
  expect(it.replica('n2')).toBe('1=text 2=later')
})
