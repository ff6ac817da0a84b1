/**
 * Each provider × {create, grow, snapshot, restore, rollback, clone, send and receive, delete} on
 * real kernels, data compared by checksum. Encrypted, since a rollback of what nobody could take
 * out of use is refused; all at once, since nodes look at all of it at once, too.
 */
import type { Provider, PublicCommandType } from '@varve/events'
import type { SnapshotRow } from '@varve/projections'
import { beforeAll, expect, test } from 'vitest'
import { type LabNode, loadZfs } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const images = '/srv/images'
const backings: readonly { readonly provider: Provider; readonly backing: string }[] = [
  { provider: 'LVM_THIN', backing: 'vg0/thin' },
  { provider: 'ZFS', backing: 'tank' },
  { provider: 'ZFS_THIN', backing: 'tank/varve' },
  { provider: 'FILE', backing: `${images}/thick` },
  { provider: 'FILE_THIN', backing: `${images}/sparse` },
]
const patienceMs = 150_000
/** A node with much to do was silent for too long; a clone still takes its own snapshot away. */
const passing = ['node-offline', 'operation-runs']
const options = { nodes: 2, disksPerNode: 3, memoryMib: 384, needs: 'zfs', prepare } as const

story('providers', options, (story) => {
  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'LVM', 'LVM', 'vg0')
      for (const { provider, backing } of backings) {
        await system.pool(name, provider, provider, backing)
      }
    }
    await system.must('encryption.create-passphrase', { passphrase: 'correct horse' })
  })

  test.concurrent.for(backings)(
    '$provider: all that it can do',
    async ({ provider }, { expect }) => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      const name = provider.toLowerCase().replace('_', '-')
      await make(name, provider)
      const before = await writePattern(n1, mapped(name), 4)

      await ask('volume-definition.resize', {
        definition: name,
        number: 0,
        sizeKib: 24 * mib,
      })
      await system.settled(name)
      expect(await sizeKibOf(n1, mapped(name))).toBe(24 * mib)
      expect(await readPattern(n1, mapped(name), 4)).toBe(before)

      await ask('snapshot.create', { definition: name, snapshot: 's1' })
      await untilSnapshot(name, (row) => row.status === 'ready')
      const after = await writePattern(n1, mapped(name), 4)
      const [restored, cloned, received] = [`${name}-old`, `${name}-new`, `${name}-sent`]
      const copy = { definition: name, snapshot: 's1', to: 'n2', pool: provider }
      await ask('snapshot.copy', copy)
      await ask('snapshot.restore', {
        definition: name,
        snapshot: 's1',
        to: restored,
        nodes: ['n1'],
      })
      await ask('resource-definition.clone', { definition: name, to: cloned })
      await untilSnapshot(name, ({ nodes }) => nodes.includes('n2'))
      await ask('snapshot.restore', {
        definition: name,
        snapshot: 's1',
        to: received,
        nodes: ['n2'],
      })
      for (const [node, definition, pattern] of [
        [n1, restored, before],
        [n1, cloned, after],
        [n2, received, before],
      ] as const) {
        await system.settled(definition)
        expect(await readPattern(node, mapped(definition), 4), definition).toBe(pattern)
        await remove(definition)
      }
      expect(await readPattern(n1, mapped(name), 4)).toBe(after)

      await ask('snapshot.rollback', { definition: name, snapshot: 's1' })
      await system.settled(name)
      expect(await readPattern(n1, mapped(name), 4)).toBe(before)

      await ask('snapshot.delete', { definition: name, snapshot: 's1' })
      await untilSnapshot(name, undefined)
      expect(await readPattern(n1, mapped(name), 4)).toBe(before)
      await remove(name)
      for (const node of [n1, n2]) expect(await tracesOf(node, name)).toEqual([])
    },
  )

  test.concurrent('LVM: made, grown and deleted; snapshots of it are refused by name', async ({
    expect,
  }) => {
    const { system } = story
    const n1 = system.node('n1')
    await make('lvm', 'LVM')
    const written = await writePattern(n1, mapped('lvm'), 4)
    await system.must('volume-definition.resize', {
      definition: 'lvm',
      number: 0,
      sizeKib: 24 * mib,
    })
    await system.settled('lvm')
    expect(await readPattern(n1, mapped('lvm'), 4)).toBe(written)
    for (const reply of [
      await system.command('snapshot.create', { definition: 'lvm', snapshot: 's1' }),
      await system.command('resource-definition.clone', { definition: 'lvm', to: 'lvm-new' }),
    ]) {
      expect(reply.ok ? '' : reply.refusal.message).toContain('LVM')
    }
    await remove('lvm')
    expect(await tracesOf(n1, 'lvm')).toEqual([])
  })

  test('of all of it nothing is left, and what is not ours is as it was', async () => {
    for (const node of story.system.lab.nodes) {
      const { stdout } = await node.run(`
        ls ${images}/thick ${images}/sparse
        zfs list -H -r -t all -o name tank
        dmsetup ls --target crypt | grep Linstor || true`)
      expect(stdout.replaceAll('\n', ' ')).toBe(
        `${images}/sparse: theirs  ${images}/thick: theirs tank tank/theirs tank/varve `,
      )
    }
  })

  const mapped = (definition: string) => `/dev/mapper/Linstor-Crypt-${definition}_00000`

  /** Asked once more while what is in the way is over by itself. */
  async function ask<T extends PublicCommandType>(
    type: T,
    args: Parameters<typeof story.system.command<T>>[1],
  ): Promise<void> {
    await until(
      type,
      async () => {
        const reply = await story.system.command(type, args)
        if (reply.ok) return true
        if (passing.includes(reply.refusal.code)) return undefined
        throw new Error(`${type}: ${reply.refusal.message}`)
      },
      patienceMs,
    )
  }

  async function make(definition: string, pool: string): Promise<void> {
    const { system } = story
    await system.must('resource-definition.create', { definition, layers: ['LUKS', 'STORAGE'] })
    await system.must('volume-definition.create', { definition, sizeKib: 16 * mib })
    await system.must('resource.create', { definition, node: 'n1', pool })
    await system.settled(definition)
  }

  async function remove(definition: string): Promise<void> {
    await story.system.must('resource-definition.delete', { definition })
    await story.system.gone(definition)
  }

  /** Undefined: it is gone. */
  async function untilSnapshot(
    definition: string,
    check: ((row: SnapshotRow) => boolean) | undefined,
  ): Promise<void> {
    let row: SnapshotRow | undefined
    await until(
      `snapshot s1 of ${definition} is as wanted`,
      async () => {
        const page = (await story.system.query('snapshots', { definition })) as {
          rows: SnapshotRow[]
        }
        row = page.rows.find(({ name }) => name === 's1')
        return (check === undefined ? row === undefined : row && check(row)) || undefined
      },
      patienceMs,
    ).catch((cause: unknown) => {
      throw new Error(`not as wanted: ${JSON.stringify(row)}`, { cause })
    })
  }
})

/** A thin pool, a zpool, and images on a file system that can share blocks; in each something of others. */
async function prepare(node: LabNode): Promise<void> {
  const [, second, third] = node.disks
  await makeThinPool(node)
  await loadZfs(node)
  await node.run(`
    zpool create -f -m none tank ${second?.path}
    zfs create tank/varve
    zfs create -s -V 4M tank/theirs
    mkfs.xfs -q ${third?.path}
    mkdir ${images}
    mount ${third?.path} ${images}
    mkdir ${images}/thick ${images}/sparse
    touch ${images}/thick/theirs ${images}/sparse/theirs`)
}
