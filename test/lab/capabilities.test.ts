/** A node whose tools are missing says so, and nothing is placed there that it cannot do. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { makeThinPool, tracesOf } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

story('nodes that cannot do everything', { nodes: 2, udev: false, prepare }, (story) => {
  beforeAll(async () => {
    await story.system.pool('n2', 'thin', 'LVM_THIN', 'vg0/thin')
  })

  test('each says what it cannot do, and what would change that', async () => {
    const { system } = story
    const n1 = JSON.stringify(await system.query('node', { node: 'n1' }))
    expect(n1).toMatch(/there is no lvm on this machine: install lvm2/)
    const n2 = JSON.stringify(await system.query('node', { node: 'n2' }))
    expect(n2).toMatch(/no drbd kernel module is loaded and modprobe drbd found none/)
    expect(n2).not.toMatch(/there is no lvm/)
  })

  test('two replicas are refused with the reason of every node, and nothing is left', async () => {
    const { system } = story
    await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
    await system.must('volume-group.create', { group: 'pair' })
    const spawn = { group: 'pair', definition: 'web', sizesKib: [16 * mib] }
    const reply = await system.command('resource-group.spawn', spawn)
    expect(reply).toMatchObject({ ok: false, refusal: { code: 'not-enough-nodes' } })
    expect(JSON.stringify(reply)).toMatch(/n2.*(?:DRBD|drbd)/)
    expect(JSON.stringify(await system.query('resource-definitions'))).not.toContain('web')
  })

  test('by hand it is refused as well', async () => {
    const { system } = story
    await system.must('resource-definition.create', { definition: 'hand' })
    await system.must('volume-definition.create', { definition: 'hand', sizeKib: 16 * mib })
    const onto = (node: string, pool?: string) =>
      system.command('resource.create', { definition: 'hand', node, ...(pool ? { pool } : {}) })
    expect(await onto('n2', 'thin')).toMatchObject({ ok: false })
    // The pool itself may be written down before its tools are there.
    const pool = { node: 'n1', pool: 'thin', provider: 'LVM_THIN', backing: 'vg0/thin' } as const
    await system.must('storage-pool.create', pool)
    expect(await onto('n1', 'thin')).toMatchObject({ ok: false })
    await system.must('resource-definition.delete', { definition: 'hand' })
  })

  test('what needs neither is placed there: storage alone on the node without DRBD', async () => {
    const { system } = story
    await system.must('resource-definition.create', { definition: 'plain', layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition: 'plain', sizeKib: 16 * mib })
    await system.must('resource.create', { definition: 'plain', node: 'n2', pool: 'thin' })
    await system.settled('plain')
    expect(await tracesOf(system.node('n2'), 'plain')).toEqual(['lv plain_00000'])
  })
})

/** n1 has no lvm2, n2 no DRBD module: their own overlays hide them. */
async function prepare(node: LabNode): Promise<void> {
  if (node.name === 'n1') await node.run('rm /sbin/lvm; hash -r; ! command -v lvm')
  else await makeThinPool(node)
  if (node.name === 'n2') {
    await node.run('mount -t tmpfs none "/lib/modules/$(uname -r)"; ! modprobe drbd')
  }
}
