/**
 * Whatever else is on a machine, under whatever names, marks and numbers: Varve makes, grows, copies
 * and removes its own, in every provider and layer, and nothing of anybody else's changes. Where
 * something is in the way, it says what.
 */
import type { DesiredNvme, DesiredResource, DesiredVolume, Provider } from '@varve/events'
import {
  absent,
  type Converged,
  converge,
  drbdVolume,
  owner,
  present,
  replicated,
  snapshotState,
  storage,
  volume,
} from '@varve/satellite/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BlockDevice, fingerprint, signaturesOf } from './block.ts'
import { mappingUuid } from './crypt/model.ts'
import { createWorld, type SimHost } from './world.ts'

const backings = {
  LVM: 'vg0',
  LVM_THIN: 'vg0/thin',
  ZFS: 'tank/varve',
  ZFS_THIN: 'tank/varve',
  FILE: '/srv/images',
  FILE_THIN: '/srv/images',
} as const satisfies Partial<Record<Provider, string>>
type Backing = keyof typeof backings

/** Thousands, when somebody asks for them. */
const runs = Number(process.env.VARVE_RUNS ?? 300)

/** Ours, with the names that our snapshots and copies have, and some that are nearly the same. */
const names = fc.constantFrom(
  ...['web_00000', 'web_00001', 'copy_00000', 'web_00000_s1', 'web_00001_s1'],
  ...['web', 'WEB_00000', 'web_0000', 'web_00000_old', 'xweb_00000', 'varve2', 'thin2', 'db_00000'],
)
const tags = fc.subarray(['varve.new', `varve:${owner}x`, 'varve:somebody', 'theirs', 'web_00000'])
const place = fc.boolean()

const stranger = fc.oneof(
  fc.record({
    kind: fc.constant('lv' as const),
    group: fc.constantFrom('vg0', 'vg1'),
    name: names,
    isThin: fc.boolean(),
    tags,
    use: fc.constantFrom('none', 'file system', 'mounted', 'open', 'inactive'),
  }),
  fc.record({
    kind: fc.constant('image' as const),
    directory: fc.constantFrom('/srv/images', '/srv/other'),
    name: names,
    sidecar: fc.constantFrom(undefined, 'owner: somebody\nstate: new\n', `owner: ${owner}x\n`, '?'),
    isAttached: place,
  }),
  fc.record({
    kind: fc.constant('dataset' as const),
    parent: fc.constantFrom('tank', 'tank/varve'),
    name: names,
    isVolume: place,
    mark: fc.constantFrom(
      undefined,
      owner,
      `${owner}@tank/varve/other`,
      'somebody@tank/varve/web_00000',
    ),
    isSnapped: place,
  }),
  fc.record({
    kind: fc.constant('drbd' as const),
    resource: fc.constantFrom('theirs', 'web', 'copy'),
    minor: fc.constantFrom(900, 1000, 1001),
    isUp: place,
    hasFile: place,
  }),
  fc.record({
    kind: fc.constant('crypt' as const),
    name: fc.constantFrom('Linstor-Crypt-web_00000', 'Linstor-Crypt-theirs', 'home'),
  }),
  fc.record({
    kind: fc.constant('nvmet' as const),
    name: fc.constantFrom('LS-NVMe_web', 'LS-NVMe_theirs', 'nqn.2014-08.org.example:web'),
    index: fc.constantFrom(1, 44_300),
    address: fc.constantFrom('10.9.0.1', '10.9.0.2'),
    service: fc.constantFrom('4420', '4444'),
  }),
  fc.record({
    kind: fc.constant('file' as const),
    path: fc.constantFrom(
      '/var/lib/varve.d/notes.txt',
      '/etc/drbd.d/web.txt',
      '/srv/images/web.iso',
    ),
  }),
)
type Stranger = typeof stranger extends fc.Arbitrary<infer T> ? T : never

const surroundings = fc.record({
  strangers: fc.uniqueArray(stranger, { maxLength: 7, selector: keyOf }),
  provider: fc.constantFrom(...(Object.keys(backings) as Backing[])),
  layer: fc.constantFrom('STORAGE', 'LUKS', 'DRBD', 'NVME'),
  count: fc.constantFrom(1, 2),
})

/** Two of one key cannot be: the second is not generated. */
function keyOf(each: Stranger): string {
  switch (each.kind) {
    case 'lv':
      return `${each.group}/${each.name}`
    case 'image':
      return `${each.directory}/${each.name}`
    case 'dataset':
      return `${each.parent}/${each.name}`
    case 'file':
      return each.path
    case 'drbd':
    case 'crypt':
    case 'nvmet':
      // One DRBD resource, one mapping and one target, so that none of them stands in the other's way.
      return each.kind
  }
}

/** What a person would recognise it by. */
function labelsOf(each: Stranger): string[] {
  switch (each.kind) {
    case 'drbd':
      return [each.resource, `${each.minor}`]
    case 'file':
      return [each.path]
    case 'nvmet':
      return [each.name, `${each.address}:${each.service}`]
    case 'lv':
    case 'image':
    case 'dataset':
    case 'crypt':
      return [each.name]
  }
}

async function machineWith(strangers: readonly Stranger[]): Promise<SimHost> {
  const gib = 1024 * 1024
  const host = createWorld().addHost({
    name: 'n1',
    address: '10.9.0.1',
    disks: ['sdb', 'sdc', 'sdd'].map((name) => ({ name, sizeKib: 2 * gib })),
    groups: ['vg0', 'vg1'].map((name, at) => ({
      name,
      disks: [at === 0 ? 'sdb' : 'sdc'],
      thinPools: [{ name: 'thin', sizeKib: gib }],
    })),
    zpools: [{ name: 'tank', disks: ['sdd'] }],
  })
  const run = (...argv: string[]) => must(host, argv)
  await run('mkdir', '-p', '/srv/images', '/srv/other')
  await run('zfs', 'create', 'tank/varve')
  await run('modprobe', 'drbd', 'dm-crypt', 'nvmet', 'nvmet-tcp')
  const include = 'include "/var/lib/varve.d/*.res";\n'
  await host.host.writeFile('/etc/drbd.d/varve-resources.res', include)
  for (const each of strangers) await plant(host, each, run)
  return host
}

type Run = (...argv: string[]) => Promise<void>

async function must(host: SimHost, argv: readonly string[], stdin = ''): Promise<void> {
  const { exitCode, stderr } = await host.host.run(argv, { stdin })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
}

async function plant(host: SimHost, each: Stranger, run: Run): Promise<void> {
  switch (each.kind) {
    case 'lv': {
      const path = `/dev/${each.group}/${each.name}`
      const size = each.isThin ? ['--virtualsize', '8M', '--thinpool', 'thin'] : ['--size', '8M']
      const marks = each.tags.flatMap((tag) => ['--addtag', tag])
      await run('lvcreate', '--yes', ...size, ...marks, '--name', each.name, each.group)
      if (each.use === 'file system' || each.use === 'mounted') await run('mkfs.ext4', path)
      if (each.use === 'mounted') await run('mount', path, '/mnt')
      if (each.use === 'open') host.occupy(path)
      if (each.use === 'inactive') await run('lvchange', '--activate', 'n', path.slice(5))
      return
    }
    case 'image': {
      const path = `${each.directory}/${each.name}.img`
      await run('truncate', '--size=8192K', path)
      if (each.sidecar !== undefined) await host.host.writeFile(`${path}.varve`, each.sidecar)
      if (each.isAttached) await run('losetup', '--find', '--show', '--nooverlap', path)
      return
    }
    case 'dataset': {
      const dataset = `${each.parent}/${each.name}`
      await run('zfs', 'create', ...(each.isVolume ? ['-V', '8M'] : []), dataset)
      if (each.mark !== undefined) await run('zfs', 'set', `io.varve:owner=${each.mark}`, dataset)
      if (each.isSnapped) await run('zfs', 'snapshot', `${dataset}@s1`)
      return
    }
    case 'drbd': {
      const { resource, minor } = each
      await run('lvcreate', '--yes', '--size', '16M', '--name', 'under_drbd', 'vg1')
      const device = '/dev/vg1/under_drbd'
      const text = `resource "${resource}" {\n  on "n1" {\n    volume 0 {\n      disk "${device}";\n      meta-disk internal;\n      device minor ${minor};\n    }\n    node-id 0;\n  }\n}\n`
      const path = `/etc/drbd.d/their-${resource}.res`
      await host.host.writeFile(path, text)
      await run('drbdmeta', '--force', `${minor}`, 'v09', device, 'internal', 'create-md', '1')
      if (each.isUp) await run('drbdadm', 'adjust', resource)
      if (!each.hasFile && each.isUp) await host.host.removeFile(path)
      return
    }
    case 'crypt': {
      await run('lvcreate', '--yes', '--size', '32M', '--name', 'secret', 'vg1')
      const words = ['--batch-mode', '--type', 'luks2', '--pbkdf', 'pbkdf2', '--key-file', '-']
      const device = '/dev/vg1/secret'
      await must(host, ['cryptsetup', 'luksFormat', ...words, device], 'theirs')
      await must(host, ['cryptsetup', 'open', '--key-file', '-', device, each.name], 'theirs')
      return
    }
    case 'nvmet':
      await run('lvcreate', '--yes', '--size', '8M', '--name', 'offered', 'vg1')
      return offer(host, each)
    case 'file':
      await host.host.writeFile(each.path, 'theirs')
  }
}

/** As an administrator does it: a subsystem with one namespace, and a port that offers it. */
async function offer({ host }: SimHost, each: Extract<Stranger, { kind: 'nvmet' }>): Promise<void> {
  const nvmet = '/sys/kernel/config/nvmet'
  const subsystem = `${nvmet}/subsystems/${each.name}`
  const port = `${nvmet}/ports/${each.index}`
  const namespace = `${subsystem}/namespaces/1`
  for (const path of [subsystem, namespace, port]) await host.changeKernel({ op: 'make', path })
  for (const [path, text] of [
    [`${namespace}/device_path`, '/dev/vg1/offered'],
    [`${namespace}/enable`, '1'],
    [`${port}/addr_trtype`, 'tcp'],
    [`${port}/addr_adrfam`, 'ipv4'],
    [`${port}/addr_trsvcid`, each.service],
    [`${port}/addr_traddr`, each.address],
  ] as const) {
    await host.changeKernel({ op: 'set', path, text })
  }
  await host.changeKernel({ op: 'link', path: `${port}/subsystems/${each.name}`, to: subsystem })
}

/** Everything about everything, by name: what has the same text has not changed. */
function census({ machine }: SimHost): Map<string, string> {
  const seen = new Map<string, string>()
  const note = (key: string, ...facts: readonly unknown[]) => seen.set(key, JSON.stringify(facts))
  for (const group of machine.groups.values()) {
    for (const lv of group.volumes.values()) {
      if (lv.kind === 'thin-pool') continue
      const { kind, tags, active, readOnly, uuid, device } = lv
      note(`${group.name}/${lv.name}`, kind, [...tags], active, readOnly, uuid, stateOf(device))
    }
  }
  for (const [path, { text, block }] of machine.files) {
    note(path, text, block && stateOf(block))
  }
  for (const pool of machine.zpools.values()) {
    for (const { name, device, properties, snapshots } of pool.datasets.values()) {
      note(`zfs:${name}`, device && stateOf(device), [...properties], [...snapshots])
    }
  }
  for (const [name, mapping] of machine.crypts) note(`mapping ${name}`, mappingUuid(mapping))
  for (const [name, { serial, anyHost, namespaces }] of machine.nvme.subsystems) {
    note(`nvmet ${name}`, serial, anyHost, [...namespaces])
  }
  for (const [index, { subsystems, ...port }] of machine.nvme.ports) {
    note(`nvmet port ${index}`, port, [...subsystems])
  }
  for (const [path, file] of machine.loops) note(path, file)
  for (const [path, directory] of machine.mounts) note(`mount ${path}`, directory)
  for (const resource of machine.kernel?.resources.values() ?? []) {
    const devices = [...resource.devices.values()]
    const shown = devices.map(({ minor, disk, backingPath }) => [minor, disk, backingPath])
    note(`drbd ${resource.name}`, resource.role, shown)
  }
  return seen
}

function stateOf(device: BlockDevice): unknown {
  const { sizeKib, openers, drbd, luks } = device
  const bytes = [fingerprint(device), signaturesOf(device)]
  return [sizeKib, bytes, [...openers].sort(), drbd?.current, luks?.uuid, luks?.keys]
}

type Given = { readonly provider: Backing; readonly layer: string; readonly count: number }

/** `web` with one or two volumes, of a size. */
function web({ provider, layer, count }: Given, sizeKib: number) {
  const volumes = Array.from({ length: count }, (_, number): DesiredVolume => {
    const name = `web_0000${number}`
    const backing = storage({ provider, backing: backings[provider], name, sizeKib })
    const base = { number, sizeKib: sizeKib - 20_480, storage: backing }
    if (layer === 'LUKS') return volume({ ...base, luks })
    if (layer === 'STORAGE' || layer === 'NVME') return volume(base)
    return { ...drbdVolume({ minor: 1000 + number, start: { kind: 'full-sync' } }), ...base }
  })
  if (layer === 'DRBD') return replicated({ volumes })
  if (layer === 'NVME') return present({ layers: ['NVME', 'STORAGE'], nvme, volumes })
  return present({ layers: layer === 'LUKS' ? ['LUKS', 'STORAGE'] : ['STORAGE'], volumes })
}

const nvme: DesiredNvme = {
  role: 'target',
  owner,
  at: { transport: 'tcp', address: '10.9.0.1', port: 4420 },
}

const luks = {
  key: { state: 'sealed' as const, sealed: 'BOX' },
  hasRandomKey: true,
  formatOptions: [],
  openOptions: [],
  allowDiscards: false,
}

/** What is asked for, one after the other; whatever is refused stays refused, and that is fine. */
function story(given: Given): DesiredResource[] {
  const [small, large] = [40_960, 65_536]
  const made = web(given, small)
  const grown = web(given, large)
  const canCopy = given.provider !== 'LVM' && given.layer === 'STORAGE'
  if (!canCopy) return [made, grown, absent(grown)]
  const backing = backings[given.provider]
  const snapshot = (step: 'take' | 'keep' | 'remove') => {
    const volumes = made.volumes.map(({ number, storage: each }) => {
      const source = each?.name ?? ''
      return { number, provider: given.provider, backing, source, sourceOwner: owner }
    })
    return { ...grown, snapshots: [{ snapshot: 's1', owner: 'o1', step, volumes }] }
  }
  const from = { snapshot: 's1', source: 'web_00000', owner: 'o1' }
  const copied = storage({ provider: given.provider, backing, name: 'copy_00000', sizeKib: large })
  const copy = present({
    resource: 'copy',
    volumes: [volume({ storage: { ...copied, owner: 'c1', from } })],
  })
  return [
    ...[made, grown, snapshot('take'), snapshot('keep'), copy],
    ...[absent(copy), snapshot('remove'), absent(grown)],
  ]
}

const unseal = (sealed: string) => (sealed === 'BOX' ? 'a key' : undefined)

/** Why it did not come true, in all the words that users would see. */
function wordsOf(result: Converged): string {
  return `${result.reason ?? ''} ${result.failure?.stderr ?? ''} ${result.failure?.argv.join(' ') ?? ''}`
}

/** What is told of a snapshot that cannot be. */
function snapshotProblem(document: DesiredResource, { inventory }: Converged): string {
  const [wanted] = document.state === 'present' ? (document.snapshots ?? []) : []
  if (document.state !== 'present' || !wanted) return ''
  return snapshotState(document, wanted, inventory)?.problem ?? ''
}

test(
  'nothing of anybody else changes, and what is in the way is named',
  () =>
    fc.assert(
      fc.asyncProperty(surroundings, async ({ strangers, ...given }) => {
        const host = await machineWith(strangers)
        const before = census(host)
        const labels = strangers.flatMap(labelsOf)
        let isAllTrue = true
        let said = ''
        for (const document of story(given)) {
          const result = await converge(host.host, document, unseal)
          const now = census(host)
          for (const [key, text] of before) expect([key, now.get(key)]).toEqual([key, text])
          const failed = snapshotProblem(document, result)
          const words = `${failed} ${wordsOf(result)}`
          // Of a snapshot that failed it was told why; afterwards it is only not there.
          said = words.includes('is not there') ? `${said}\n${words}` : words
          if (result.kind === 'true' && failed === '') continue
          isAllTrue = false
          expect(
            labels.filter((label) => said.includes(label)),
            said,
          ).not.toEqual([])
        }
        if (isAllTrue) expect([...census(host).keys()].sort()).toEqual([...before.keys()].sort())
        expect(host.machine.shared.unknown).toEqual([])
      }),
      { numRuns: runs },
    ),
  20_000 + runs * 200,
)
