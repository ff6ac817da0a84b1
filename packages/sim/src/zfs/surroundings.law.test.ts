/** Whatever else is in a zpool, with whatever names and properties: only Varve's own is touched. */
import { absent, converge, owner, present, storage, volume } from '@varve/satellite/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorld, type SimHost } from '../world.ts'

const backing = 'tank/varve'
const ours = ['web_00000', 'web_00001']

/** Marks that are not those of the dataset they are put on, and words that are no marks. */
const mark = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(owner, `${owner}@`, `@${backing}/web_00000`, `${owner}@tank/web_00000`, '-'),
  fc.constantFrom(...ours).map((name) => `${owner}@${backing}/${name}_old`),
  fc.string({ maxLength: 12 }).map((text) => `${text}@${backing}`),
  fc.constantFrom('x\ny', `\t${owner}@${backing}/web_00000`, `new\n${backing}/web_00000\tvolume`),
)

const stranger = fc.record({
  name: fc.oneof(
    fc.constantFrom(...ours),
    fc.constantFrom('web_0000', 'web_00000_old', 'web', 'WEB_00000', 'varve', 'snap'),
    fc.stringMatching(/^[a-z][a-z0-9_.:-]{0,11}$/),
  ),
  place: fc.constantFrom(backing, 'tank', 'tank/other'),
  kind: fc.constantFrom('thick', 'sparse', 'filesystem'),
  mark,
  state: fc.constantFrom(undefined, 'new', 'ready'),
  isSnapped: fc.boolean(),
})
type Stranger = typeof stranger extends fc.Arbitrary<infer T> ? T : never

const surroundings = fc.record({
  strangers: fc.uniqueArray(stranger, {
    maxLength: 8,
    selector: ({ place, name }) => `${place}/${name}`,
  }),
  /** Properties of the filesystem itself, which everything in it inherits. */
  inherited: fc.constantFrom(undefined, owner, `${owner}@${backing}`, `${owner}@tank`),
  provider: fc.constantFrom('ZFS', 'ZFS_THIN'),
})

async function machineWith(strangers: readonly Stranger[], inherited: string | undefined) {
  const host = createWorld().addHost({
    name: 'n1',
    disks: [{ name: 'sdb', sizeKib: 1024 * 1024 }],
    zpools: [{ name: 'tank', disks: ['sdb'] }],
  })
  const zfs = (...args: string[]) => host.host.run(['zfs', ...args])
  await zfs('create', backing)
  await zfs('create', 'tank/other')
  if (inherited !== undefined) {
    await zfs('set', `io.varve:owner=${inherited}`, 'io.varve:state=new', backing)
  }
  for (const { name, place, kind, mark: value, state, isSnapped } of strangers) {
    const dataset = `${place}/${name}`
    const size = kind === 'filesystem' ? [] : ['-V', '4M', ...(kind === 'sparse' ? ['-s'] : [])]
    await zfs('create', ...size, dataset)
    if (value !== undefined) await zfs('set', `io.varve:owner=${value}`, dataset)
    if (state !== undefined) await zfs('set', `io.varve:state=${state}`, dataset)
    if (isSnapped) await zfs('snapshot', `${dataset}@theirs`)
  }
  return host
}

/** Everything about every dataset, and its snapshots. */
function census({ machine }: SimHost): Map<string, string> {
  const rows = [...machine.zpools.values()].flatMap((pool) => [...pool.datasets.values()])
  return new Map(
    rows.map(({ name, device, reservedKib, properties, snapshots }) => [
      name,
      JSON.stringify([device?.sizeKib, reservedKib, [...properties], [...snapshots]]),
    ]),
  )
}

function documents(provider: 'ZFS' | 'ZFS_THIN', sizeKib: number) {
  return present({
    volumes: ours.map((name, number) =>
      volume({ number, sizeKib, storage: storage({ provider, backing, name, sizeKib }) }),
    ),
  })
}

test('made, grown and taken away: what somebody else has stays exactly as it was', () =>
  fc.assert(
    fc.asyncProperty(surroundings, async ({ strangers, inherited, provider }) => {
      const host = await machineWith(strangers, inherited)
      const before = census(host)
      const isTaken = ours.some((name) => before.has(`${backing}/${name}`))

      const made = await converge(host.host, documents(provider, 8192))
      expect(made.kind).toBe(isTaken ? 'refused' : 'true')
      const grown = await converge(host.host, documents(provider, 16_384))
      expect(grown.kind).toBe(isTaken ? 'refused' : 'true')
      for (const [name, text] of before)
        expect([name, census(host).get(name)]).toEqual([name, text])

      const gone = await converge(host.host, absent(documents(provider, 16_384)))
      expect(gone.kind).toBe('true')
      expect(census(host)).toEqual(before)
    }),
  ))

test("a snapshot that somebody made of our volume keeps it, and the failure is zfs's own words", async () => {
  const host = await machineWith([], undefined)
  await converge(host.host, documents('ZFS', 8192))
  await host.host.run(['zfs', 'snapshot', `${backing}/web_00000@theirs`])
  const kept = await converge(host.host, absent(documents('ZFS', 8192)))
  expect(kept.kind).toBe('failed')
  expect(kept.failure?.stderr).toMatch(/volume has children\n.*\ntank\/varve\/web_00000@theirs/)
  expect(census(host).has(`${backing}/web_00000`)).toBe(true)
})
