import type { PresentResource } from '@varve/events'
import {
  absent,
  converge,
  drbdHost,
  drbdVolume,
  providerContract,
  replicated,
  storage,
} from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { type Cluster, cluster } from './given.ts'
import { createWorld, type SimHost } from './world.ts'

const backings = {
  LVM: 'vg0',
  LVM_THIN: 'vg0/thin',
  FILE: '/srv/pool',
  FILE_THIN: '/srv/pool',
} as const

for (const [provider, backing] of Object.entries(backings) as [keyof typeof backings, string][]) {
  providerContract(provider, 'a simulated machine', async () => {
    const [n1] = cluster(1).hosts
    if (!n1) throw new Error('one host')
    await n1.host.run(['mkdir', '-p', '/srv/pool'])
    return {
      host: n1.host,
      backing,
      makeForeign: async (name) => {
        if (backing.startsWith('/')) {
          await n1.host.run(['truncate', '--size=16384K', `${backing}/${name}.img`])
        } else n1.plantVolume('vg0', name, 16_384)
      },
      close: async () => undefined,
    }
  })
}

for (const provider of ['ZFS', 'ZFS_THIN'] as const) {
  for (const backing of ['tank', 'tank/varve']) {
    providerContract(provider, `a simulated machine, in ${backing}`, async () => {
      const n1 = createWorld().addHost({
        name: 'n1',
        disks: [{ name: 'sdb', sizeKib: 1024 * 1024 }],
        zpools: [{ name: 'tank', disks: ['sdb'] }],
      })
      await n1.host.run(['zfs', 'create', 'tank/varve'])
      return {
        host: n1.host,
        backing,
        makeForeign: async (name) => {
          await n1.host.run(['zfs', 'create', '-V', '16M', `${backing}/${name}`])
        },
        close: async () => undefined,
      }
    })
  }
}

type Kind = 'diskful' | 'tiebreaker'

/** The document of one node of a resource; the first node begins with the data. */
function documentOf(index: number, kinds: readonly Kind[]): PresentResource {
  const hosts = kinds.map((kind, at) =>
    drbdHost(at + 1, { kind: kind === 'diskful' ? 'diskful' : 'diskless' }),
  )
  const self = hosts[index]
  if (!self) throw new Error(`no host ${index}`)
  const start =
    index === 0
      ? { kind: 'source' as const, generation: 'BBBBCCCCDDDDEEE0' }
      : { kind: 'skip-sync' as const }
  const { storage: backing, ...bare } = drbdVolume({ start })
  const base = replicated()
  return {
    ...base,
    node: self.node,
    kind: self.kind,
    volumes: [self.kind === 'diskful' ? { ...bare, storage: backing ?? storage() } : bare],
    drbd: {
      ...(base.drbd ?? never()),
      self,
      peers: hosts.filter((host) => host !== self).map((host) => ({ ...host, net: {}, disk: {} })),
    },
  }
}

const never = (): never => {
  throw new Error('a replicated document has DRBD')
}

async function convergeAll(each: Cluster, kinds: readonly Kind[]): Promise<number[]> {
  const rounds: number[] = []
  for (const [at, host] of each.hosts.entries()) {
    await host.host.run(['modprobe', 'drbd'])
    const include = 'include "/var/lib/varve.d/*.res";\n'
    await host.host.writeFile('/etc/drbd.d/varve-resources.res', include)
    const result = await converge(host.host, documentOf(at, kinds))
    expect(result, JSON.stringify(result.failure ?? result.reason)).toMatchObject({ kind: 'true' })
    rounds.push(result.rounds)
  }
  each.clock.advance(1000)
  return rounds
}

const status = (each: Cluster, host: SimHost) => each.tool(host, 'drbdsetup', 'status', 'web')

for (const { drbd, kinds } of [
  { drbd: '9.2.18', kinds: ['diskful', 'diskful', 'tiebreaker'] },
  { drbd: '8.4.11', kinds: ['diskful', 'diskful'] },
] as const) {
  test(`the satellite's own plans make a resource on ${drbd}, good at once, and take it away`, async () => {
    const each = cluster(kinds.length, drbd)
    await convergeAll(each, kinds)
    for (const host of each.hosts) {
      expect(await status(each, host)).not.toMatch(/Inconsistent|Connecting|StandAlone|Outdated/)
    }
    expect(await convergeAll(each, kinds)).toEqual(kinds.map(() => 0))
    for (const [at, host] of each.hosts.entries()) {
      const gone = await converge(host.host, absent(documentOf(at, kinds)))
      expect(gone).toMatchObject({ kind: 'true' })
      expect(await host.host.exists('/dev/vg0/web_00000')).toBe(false)
      expect(await host.host.readFile('/var/lib/varve.d/web.res')).toBeUndefined()
    }
    expect(each.world.unknown).toEqual([])
  })
}

test('a satellite that repairs after a power loss finds the data as it was', async () => {
  const kinds = ['diskful', 'diskful', 'tiebreaker'] as const
  const each = cluster(3)
  await convergeAll(each, kinds)
  const [n1, n2] = each.hosts
  if (!n1 || !n2) throw new Error('three hosts')
  n1.open('web')
  n1.write('web', 1, 'kept')
  n1.crash()
  each.clock.advance(1000)
  n2.open('web')
  n2.write('web', 2, 'written meanwhile')
  n1.boot()
  await convergeAll(each, kinds)
  expect(n1.replica('web')).toBe('1=kept 2=written meanwhile')
})
