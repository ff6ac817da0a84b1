import { converge, owner, present, storage, volume } from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { createWorld } from '../world.ts'

/** `tank` of 832 MiB, with a volume of `mibs` and a snapshot of it that is Varve's. */
async function machineWith(mibs: number) {
  const host = createWorld().addHost({
    name: 'n1',
    disks: [{ name: 'sdb', sizeKib: 1024 * 1024 }],
    zpools: [{ name: 'tank', disks: ['sdb'] }],
  })
  await host.host.run(['zfs', 'create', '-s', '-V', `${mibs}M`, 'tank/old_00000'])
  const mark = 'io.varve:owner=snap@tank/old_00000@s1'
  await host.host.run(['zfs', 'snapshot', '-o', mark, 'tank/old_00000@s1'])
  return host
}

const from = { snapshot: 's1', source: 'old_00000', owner: 'snap' }

function restored(provider: 'ZFS' | 'ZFS_THIN', mibs: number) {
  const wanted = { provider, backing: 'tank', name: 'web_00000', owner, from, sizeKib: mibs * 1024 }
  return present({ volumes: [volume({ sizeKib: mibs * 1024, storage: storage(wanted) })] })
}

for (const { provider, reservedKib } of [
  { provider: 'ZFS', reservedKib: 18_944 },
  { provider: 'ZFS_THIN', reservedKib: 0 },
] as const) {
  test(`${provider}: what begins as a snapshot reserves what any other volume does`, async () => {
    const host = await machineWith(16)
    expect(await converge(host.host, restored(provider, 16))).toMatchObject({ kind: 'true' })
    const made = host.machine.zpools.get('tank')?.datasets.get('tank/web_00000')
    expect(made).toMatchObject({ reservedKib, origin: 'tank/old_00000@s1' })
  })
}

test('without room for its size it is not ready, however often it is tried', async () => {
  const host = await machineWith(900)
  for (const _ of [1, 2]) {
    const made = await converge(host.host, restored('ZFS', 900))
    expect(made.failure).toMatchObject({ step: 'zfs reserve' })
    expect(made.inventory.objects.get('zfs:tank/web_00000')?.isNew).toBe(true)
  }
})
