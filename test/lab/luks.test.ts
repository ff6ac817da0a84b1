/** Encrypted volumes on real kernels: alone and under DRBD, through power losses, to the last trace. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const header = 16 * mib
const words = 'these words are on no disk of this machine'

story('encrypted volumes', { nodes: 2, udev: false, prepare }, (story) => {
  let pattern: string
  const foreign = new Map<string, string>()

  beforeAll(async () => {
    const { system } = story
    for (const node of system.lab.nodes) {
      foreign.set(node.name, await foreignCrypt(node))
      await system.pool(node.name, 'thin', 'LVM_THIN', 'vg0/thin')
    }
    await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
    await system.must('volume-group.create', { group: 'pair' })
    await system.must('encryption.create-passphrase', { passphrase: 'correct horse' })
  })

  test('alone on thin LVM: a header of LUKS2 is on the storage, and nothing that was written', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await system.must('resource-definition.create', {
      definition: 'solo',
      layers: ['LUKS', 'STORAGE'],
    })
    await system.must('volume-definition.create', { definition: 'solo', sizeKib: 32 * mib })
    await system.must('resource.create', { definition: 'solo', node: 'n1', pool: 'thin' })
    await system.settled('solo')
    const seen = (await system.observed('solo', 'n1'))?.volumes[0]
    const mapped = '/dev/mapper/Linstor-Crypt-solo_00000'
    expect(seen).toMatchObject({ device: mapped, deviceKib: 32 * mib })
    expect(seen?.backingKib).toBe(32 * mib + header)
    await writeWords(n1, mapped)
    expect(await timesFound(n1, mapped)).toBeGreaterThan(0)
    expect(await timesFound(n1, '/dev/vg0/solo_00000')).toBe(0)
    expect((await n1.run('blkid -p -o value -s TYPE /dev/vg0/solo_00000')).stdout).toBe(
      'crypto_LUKS\n',
    )
  })

  test('after a power loss it is opened again, with what was written', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await n1.powerOff()
    await system.isOffline('n1')
    await n1.start()
    await n1.run(openForeign)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    await system.settled('solo')
    expect(await timesFound(n1, '/dev/mapper/Linstor-Crypt-solo_00000')).toBeGreaterThan(0)
  })

  test('it grows while it is open', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await system.must('volume-definition.resize', {
      definition: 'solo',
      number: 0,
      sizeKib: 48 * mib,
    })
    await until('the mapping has the new size', async () => {
      return (await system.observed('solo', 'n1'))?.volumes[0]?.deviceKib === 48 * mib || undefined
    })
    expect(await timesFound(n1, '/dev/mapper/Linstor-Crypt-solo_00000')).toBeGreaterThan(0)
    await system.must('volume-definition.resize', {
      definition: 'solo',
      number: 0,
      sizeKib: 40 * mib,
      acceptDataLoss: true,
    })
    await system.settled('solo')
    const setProps = { 'Luks/AllowDiscards': 'true' }
    await system.must('resource-definition.modify', { definition: 'solo', setProps })
    await until('discards are let through while it is open', async () => {
      const { stdout } = await n1.run('dmsetup table Linstor-Crypt-solo_00000')
      return stdout.includes('allow_discards') || undefined
    })
    expect(await sizeKibOf(n1, '/dev/mapper/Linstor-Crypt-solo_00000')).toBe(40 * mib)
    expect(await sizeKibOf(n1, '/dev/vg0/solo_00000')).toBe(40 * mib + header)
    expect(await timesFound(n1, '/dev/mapper/Linstor-Crypt-solo_00000')).toBeGreaterThan(0)
    await system.must('resource-definition.delete', { definition: 'solo' })
    await system.gone('solo')
    expect(await tracesOf(n1, 'solo')).toEqual([])
    expect(await mappings(n1)).not.toContain('solo')
  })

  test('words that a user chose open the header by hand', async () => {
    const { system } = story
    const n1 = system.node('n1')
    const layers = ['LUKS', 'STORAGE'] as const
    // Argon2 takes half a minute on this kernel, each time.
    const quick = '--pbkdf pbkdf2 --pbkdf-force-iterations 1000'
    await system.must('resource-definition.create', {
      definition: 'own',
      layers: [...layers],
      props: { 'StorDriver/LuksFormatOptions': quick },
    })
    await system.must('volume-definition.create', {
      definition: 'own',
      sizeKib: 8 * mib,
      passphrase: 'chosen by alice',
    })
    await system.must('resource.create', { definition: 'own', node: 'n1', pool: 'thin' })
    await system.settled('own')
    const open = ['cryptsetup', 'open', '--test-passphrase', '/dev/vg0/own_00000']
    await n1.run(open, { stdin: 'chosen by alice\n' })
    expect((await n1.run(open, { stdin: 'guessed\n', check: false })).exitCode).not.toBe(0)
    const change = { definition: 'own', number: 0, passphrase: 'chosen by bob' }
    await system.must('volume-definition.modify-passphrase', change)
    await until('the header has the other passphrase', async () => {
      const { exitCode } = await n1.run(open, { stdin: 'chosen by bob\n', check: false })
      return exitCode === 0 || undefined
    })
    expect((await n1.run(open, { stdin: 'chosen by alice\n', check: false })).exitCode).toBe(2)
    await system.must('resource-definition.delete', { definition: 'own' })
    await system.gone('own')
  })

  test('DRBD over LUKS over thin LVM: both replicas are UpToDate, each under a key of its own', async () => {
    const { system } = story
    await system.must('resource-group.spawn', {
      group: 'pair',
      definition: 'web',
      sizesKib: [48 * mib],
      filter: { layers: ['DRBD', 'LUKS', 'STORAGE'] },
    })
    await system.settled('web')
    const n1 = system.node('n1')
    await n1.run('drbdadm primary web')
    pattern = await writePattern(n1, '/dev/drbd1000', 16)
    await writeWords(n1, '/dev/drbd1000')
    pattern = await readPattern(n1, '/dev/drbd1000', 16)
    for (const node of system.lab.nodes) {
      const type = await node.run('blkid -p -o value -s TYPE /dev/vg0/web_00000')
      expect(type.stdout).toBe('crypto_LUKS\n')
      expect(await timesFound(node, '/dev/mapper/Linstor-Crypt-web_00000')).toBeGreaterThan(0)
      expect(await timesFound(node, '/dev/vg0/web_00000')).toBe(0)
    }
  })

  test('their connection proves on both sides that it belongs there', async () => {
    const { system } = story
    for (const node of system.lab.nodes) {
      const { stdout } = await node.run('drbdsetup show web')
      expect(stdout).toMatch(/cram-hmac-alg\s+"sha256"/)
      expect(stdout).toMatch(/shared-secret\s+"[\w-]{32}"/)
      const mode = await node.run('stat -c %a /var/lib/varve.d/web.res /var/lib/varve.d/node.key')
      expect(mode.stdout).toBe('600\n600\n')
    }
  })

  test('they get another secret while they stand, and go on', async () => {
    const { system } = story
    const secrets = async () => {
      const shown = await Promise.all(
        system.lab.nodes.map(async (node) => (await node.run('drbdsetup show web')).stdout),
      )
      return shown.map((text) => /shared-secret\s+"([\w-]{32})"/.exec(text)?.[1])
    }
    const [before] = await secrets()
    await system.must('resource-definition.modify', { definition: 'web', newSecret: true })
    await until('both have it', async () => {
      const [one, other] = await secrets()
      return (one !== before && one === other) || undefined
    })
    expect((await system.node('n1').run('drbdsetup status web')).stdout).toContain(
      'peer-disk:UpToDate',
    )
    // The power loss that follows shows that they find each other again with it.
  })

  test('the Primary loses power: the peer has the data, and the node gets what it missed', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.powerOff()
    await system.isOffline('n1')
    await until('n2 sees that its peer is gone', async () => {
      return (await n2.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
    })
    expect(await readPattern(n2, '/dev/drbd1000', 16)).toBe(pattern)
    await n2.run('dd if=/dev/urandom of=/dev/drbd1000 bs=1M count=4 oflag=direct status=none')
    pattern = await readPattern(n2, '/dev/drbd1000', 16)
    await n1.start()
    await n1.run(openForeign)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    await system.settled('web')
    expect(await readPattern(n1, '/dev/mapper/Linstor-Crypt-web_00000', 16)).toBe(pattern)
  })

  test('it grows in use: storage, then encryption, then DRBD', async () => {
    const { system } = story
    await system.must('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 80 * mib,
    })
    await system.settled('web')
    for (const node of system.lab.nodes) {
      expect(await sizeKibOf(node, '/dev/drbd1000')).toBeGreaterThanOrEqual(80 * mib)
    }
    expect(await readPattern(system.node('n2'), '/dev/drbd1000', 16)).toBe(pattern)
  })

  test('in the trash it is closed down to its storage, and comes back with every byte', async () => {
    const { system } = story
    const n2 = system.node('n2')
    await n2.run('drbdadm secondary web')
    await until('nobody holds web', async () => {
      return (await system.observed('web', 'n2'))?.role === 'Secondary' || undefined
    })
    const setProps = { 'Varve/Trash/Retention': '60' }
    await system.must('resource-definition.modify', { definition: 'web', setProps })
    await system.must('resource-definition.delete', { definition: 'web' })
    for (const node of system.lab.nodes) {
      await until(`${node.name} has closed it`, async () => {
        const { stdout } = await node.run('lvs --noheadings -o lv_active vg0/web_00000')
        return stdout.trim() === '' || undefined
      })
      expect((await node.run('drbdsetup status web', { check: false })).exitCode).not.toBe(0)
      expect(await mappings(node)).not.toContain('web')
    }
    await system.must('trash.restore', { definition: 'web' })
    await system.settled('web')
    await n2.run('drbdadm primary web')
    expect(await readPattern(n2, '/dev/drbd1000', 16)).toBe(pattern)
    await n2.run('drbdadm secondary web')
    expect(await readPattern(system.node('n1'), '/dev/mapper/Linstor-Crypt-web_00000', 16)).toBe(
      pattern,
    )
  })

  test('nothing is left of it, and nothing of others was touched', async () => {
    const { system } = story
    await until('nobody holds web', async () => {
      return (await system.observed('web', 'n2'))?.role === 'Secondary' || undefined
    })
    await system.must('resource-definition.delete', { definition: 'web', skipTrash: true })
    await system.gone('web')
    for (const node of system.lab.nodes) {
      expect(await tracesOf(node, 'web')).toEqual([])
      expect(await mappings(node)).not.toContain('web')
      expect(await foreignCrypt(node)).toBe(foreign.get(node.name))
    }
  })
})

const openForeign =
  'modprobe -a dm-crypt xts; printf theirs | cryptsetup open --key-file - /dev/vg0/theirs Linstor-Crypt-theirs_00000'

/** Somebody else's mapping with a name like ours, beside the pool. */
async function prepare(node: LabNode): Promise<void> {
  await makeThinPool(node)
  await node.run(`
    lvcreate -q -y -L 32M -n theirs vg0
    modprobe -a dm-crypt xts
    printf theirs | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - /dev/vg0/theirs
    ${openForeign}
    echo precious | dd of=/dev/mapper/Linstor-Crypt-theirs_00000 bs=4k conv=sync,fsync oflag=direct status=none`)
}

async function foreignCrypt(node: LabNode): Promise<string> {
  const { stdout } = await node.run(`
    cryptsetup luksUUID /dev/vg0/theirs
    dd if=/dev/mapper/Linstor-Crypt-theirs_00000 bs=4k count=1 iflag=direct status=none | tr -d '\\0'`)
  return stdout
}

async function writeWords(node: LabNode, device: string): Promise<void> {
  const direct = 'bs=64k count=4 seek=300 iflag=fullblock oflag=direct conv=fsync'
  // Its reader ends before it does.
  await node.run(`{ yes '${words}' || true; } | dd of=${device} ${direct} status=none`)
}

/** Lines in which the words stand, read past every cache. */
async function timesFound(node: LabNode, device: string): Promise<number> {
  const read = `dd if=${device} bs=1M iflag=direct status=none`
  return Number((await node.run(`${read} | grep -a -c '${words}' || true`)).stdout)
}

async function mappings(node: LabNode): Promise<string> {
  return (await node.run('dmsetup ls --target crypt')).stdout
}
