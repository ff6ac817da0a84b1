/** Documents and inventories that tests begin with. */
import type {
  AbsentResource,
  DesiredResource,
  DesiredStorage,
  DesiredVolume,
  DrbdHost,
  PresentResource,
  Provider,
} from '@varve/events'
import { type BackingObject, emptyInventory, type Inventory, minorsOf } from './core/inventory.ts'
import { planResource } from './core/reconcile.ts'
import { stepArgv } from './core/step.ts'
import { parseEvents } from './layers/drbd/parse.ts'

export const owner = '01K9ZW4Q0G7C1N5T8Y2D6M3RSV'

export function storage(more: Partial<DesiredStorage> = {}): DesiredStorage {
  return {
    pool: 'fast',
    provider: 'LVM_THIN',
    backing: 'vg0/thin',
    name: 'web_00000',
    owner,
    sizeKib: 204_800,
    props: {},
    ...more,
  }
}

export function volume(more: Partial<DesiredVolume> = {}): DesiredVolume {
  return { number: 0, sizeKib: 200_000, storage: storage(), ...more }
}

export function drbdVolume(more: Partial<NonNullable<DesiredVolume['drbd']>> = {}): DesiredVolume {
  const drbd = {
    minor: 1000,
    day0: 'AAAABBBBCCCCDDD0',
    start: { kind: 'skip-sync' as const },
    resize: false,
    disk: {},
    ...more,
  }
  return volume({ drbd })
}

export function drbdHost(index: number, more: Partial<DrbdHost> = {}): DrbdHost {
  return {
    node: `n${index}`,
    uname: `n${index}`,
    nodeId: index - 1,
    address: `10.9.0.${index}`,
    port: 7000,
    kind: 'diskful',
    ...more,
  }
}

/** `web` on n1, plain storage. */
export function present(more: Partial<PresentResource> = {}): PresentResource {
  return {
    v: 1,
    term: 1,
    from: 10,
    node: 'n1',
    state: 'present',
    resource: 'web',
    kind: 'diskful',
    layers: ['STORAGE'],
    volumes: [volume()],
    removed: [],
    ...more,
  }
}

/** `web` on n1, replicated to n2. */
export function replicated(more: Partial<PresentResource> = {}): PresentResource {
  return present({
    layers: ['DRBD', 'STORAGE'],
    volumes: [drbdVolume()],
    drbd: {
      self: drbdHost(1),
      peers: [{ ...drbdHost(2), net: {}, disk: {} }],
      peerSlots: 7,
      options: { quorum: 'majority', 'on-no-quorum': 'io-error' },
      net: { protocol: 'C' },
      disk: {},
      handlers: {},
      forget: [],
    },
    ...more,
  })
}

export function absent(document: PresentResource): AbsentResource {
  const { v, node, resource, layers, volumes, nvme } = document
  const common = { v, term: 1, from: 20, node, state: 'absent', resource, layers, volumes } as const
  return nvme ? { ...common, nvme } : common
}

export function lv(more: Partial<BackingObject> = {}): BackingObject {
  const key = more.key ?? 'vg0/web_00000'
  const [place = '', name = ''] = key.split('/')
  return {
    key,
    place,
    name,
    sizeKib: 204_800,
    allocatedKib: 0,
    device: `/dev/${key}`,
    owner,
    isNew: false,
    isPool: false,
    ...more,
  }
}

export type Seen = {
  objects?: readonly BackingObject[]
  /** Lines of `drbdsetup events2 --now`. */
  events?: string
  drbd?: string
  files?: Readonly<Record<string, string>>
  rest?: Partial<Inventory>
}

export function inventory({
  objects = [],
  events = '',
  drbd,
  files = {},
  rest,
}: Seen = {}): Inventory {
  const { resources } = parseEvents(events)
  return {
    ...emptyInventory,
    uname: 'n1',
    places: new Map([
      ['vg0', { state: 'present' }],
      ['/srv/pool', { state: 'present' }],
    ]),
    objects: new Map(objects.map((object) => [object.key, object])),
    drbd: {
      ...emptyInventory.drbd,
      ...(drbd === undefined ? {} : { version: drbd }),
      resources,
      minors: minorsOf(resources),
    },
    files: new Map(Object.entries(files)),
    ...rest,
  }
}

/** The plan as a person would type it; LVM's constant `--config …` is left out. */
export function commands(document: DesiredResource, seen: Inventory): string[] {
  const next = planResource(document, seen)
  if (next.kind === 'refused') return [`refused: ${next.reason}`]
  if (next.kind === 'waits') return [`waits: ${next.reason}`]
  return next.kind === 'true' ? [] : next.steps.map((step) => readable(stepArgv(step)))
}

function readable(argv: readonly string[]): string {
  const at = argv.indexOf('--config')
  return argv.filter((_, i) => at < 0 || (i !== at && i !== at + 1)).join(' ')
}

export function withProvider(provider: Provider): DesiredStorage {
  const isFile = provider.startsWith('FILE')
  const backing = isFile ? '/srv/pool' : provider === 'LVM' ? 'vg0' : 'vg0/thin'
  return storage({ provider, backing })
}
