/** A cluster whose nodes share one volume group, and what its satellites do, in small. */
import { compileResource, type ResourceDocument } from '@varve/controller/core'
import { nodeOf, poolOf, volumesOf } from '@varve/events'
import { gib, TestCluster } from './cluster.ts'

const able = { able: true } as const
const capabilities = {
  providers: { LVM: able, LVM_THIN: able, DISKLESS: able },
  layers: { DRBD: able, LUKS: able, STORAGE: able },
  drbdKernel: '9.2.18',
  drbdUtils: '9.22.0',
}

export const sanNodes = ['n1', 'n2', 'n3'] as const

/** Pool `san` of each node is volume group `vgsan`, which all of them see; 100 GiB. */
export function sanCluster(more: { readonly externalLocking?: boolean } = {}): TestCluster {
  const cluster = new TestCluster()
  for (const node of sanNodes) {
    cluster.node(node, { capabilities })
    joinSan(cluster, node, more)
  }
  return cluster
}

export function joinSan(
  cluster: TestCluster,
  node: string,
  more: { readonly externalLocking?: boolean } = {},
): void {
  const shared = { sharedSpace: 'san', ...more }
  const pool = { node, pool: 'san', provider: 'LVM', backing: 'vgsan' } as const
  cluster.must('storage-pool.create', { ...pool, ...shared })
  const seen = { pool: 'san', provider: 'LVM', granularityKib: 4096, at: 1 } as const
  cluster.pools.set(`${node}/san`, { ...seen, totalKib: 100 * gib, freeKib: 100 * gib })
}

/** `web`, one volume of 1 GiB without DRBD. */
export function defineOnSan(cluster: TestCluster, definition = 'web'): void {
  cluster.must('resource-definition.create', { definition, layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
}

type Known = { readonly document: ResourceDocument; readonly from: number }

/** Nodes with their copies of documents, one volume group among them, and who has what open. */
export class San {
  readonly cluster: TestCluster
  /** Volumes of the group: name → owner. */
  readonly volumes = new Map<string, string>()
  /** `<node> <volume>`. */
  readonly open = new Set<string>()
  /** `<node> <definition>` that is in the middle of changing the group, and what ends that. */
  readonly changing = new Map<string, () => void>()
  readonly off = new Set<string>()
  /** Nodes on which every change of the group fails. */
  readonly failing = new Set<string>()
  /** Whose last change has failed, by the document that it has. */
  readonly #failed = new Set<string>()
  readonly #published = new Map<string, { readonly text: string; readonly from: number }>()
  readonly #held = new Map<string, Known>()

  constructor(cluster: TestCluster) {
    this.cluster = cluster
  }

  /** The newest document reaches the node. */
  deliver(definition: string, node: string): void {
    const key = `${node} ${definition}`
    const document = compileResource(this.cluster.state, definition, node)
    if (!document) {
      this.#published.delete(key)
      this.#held.delete(key)
      return
    }
    const text = JSON.stringify(document)
    const known = this.#published.get(key)
    const from = known?.text === text ? known.from : this.cluster.sequence
    if (known?.text !== text) this.#failed.delete(key)
    this.#published.set(key, { text, from })
    this.#held.set(key, { document: JSON.parse(text) as ResourceDocument, from })
  }

  /** The node does the next thing that its document asks for; a change of the group takes a while. */
  act(definition: string, node: string): void {
    const key = `${node} ${definition}`
    const held = this.#held.get(key)
    if (!held || this.off.has(node)) return
    const running = this.changing.get(key)
    if (running) {
      this.changing.delete(key)
      if (this.failing.has(node)) this.#failed.add(key)
      else running()
      return
    }
    const { document } = held
    const isOpen = document.state === 'present' && document.inactive === undefined
    for (const { storage } of document.volumes) {
      if (!storage) continue
      const { name, owner, shared } = storage
      const place = `${node} ${name}`
      const isThere = this.volumes.get(name) === owner
      if (isOpen && !isThere && shared?.mayChange) {
        this.changing.set(key, () => {
          this.volumes.set(name, owner)
          this.open.add(place)
        })
      } else if (isOpen && isThere) this.open.add(place)
      else if (!isOpen) this.open.delete(place)
      if (document.state === 'absent' && isThere && !shared?.keep && shared?.mayChange) {
        this.changing.set(key, () => this.volumes.delete(name))
      }
    }
  }

  /** What the satellite would tell now: of a document only when it is true. */
  report(definition: string, node: string): void {
    const key = `${node} ${definition}`
    const held = this.#held.get(key)
    const isBusy = this.changing.has(key) || this.off.has(node)
    if (!held || isBusy || !nodeOf(this.cluster.state, node)) return
    const { document, from } = held
    const inactive = document.state === 'present' ? document.inactive : undefined
    const isOpen = document.state === 'present' && inactive === undefined
    const rows = document.volumes.flatMap(({ storage, number }) =>
      storage ? [{ storage, number }] : [],
    )
    const isTrue = rows.every(({ storage: { name, owner, shared } }) => {
      const isThere = this.volumes.get(name) === owner
      if (this.open.has(`${node} ${name}`) !== isOpen) return false
      return document.state === 'absent' ? !isThere || shared?.keep === true : !isOpen || isThere
    })
    if (!isTrue) {
      const isFailed = this.#failed.has(key)
      const isWaiting = rows.every(({ storage }) => !storage.shared?.mayChange)
      if (!isFailed && !isWaiting) return
      const failed = isFailed ? { isFailed: true as const } : {}
      const about = { definition, node, from: 0, absent: false, volumes: [] }
      this.cluster.send('fact.resource-observed', { ...about, idleAt: from, ...failed })
      return
    }
    this.cluster.send('fact.resource-observed', {
      definition,
      node,
      from,
      absent: document.state === 'absent',
      volumes: rows.map(({ number }) => ({
        number,
        ...(isOpen ? { backingKib: 64 * gib, deviceKib: 64 * gib } : {}),
      })),
      ...(inactive === undefined ? {} : { inactive }),
    })
  }

  /** Power loss. What it was in the middle of stays undone. */
  powerOff(node: string): void {
    this.off.add(node)
    for (const key of this.changing.keys()) {
      if (key.startsWith(`${node} `)) this.changing.delete(key)
    }
    for (const place of this.open) if (place.startsWith(`${node} `)) this.open.delete(place)
    this.cluster.send('fact.node-offline', { node })
  }

  /** Nothing comes up by itself: volumes on shared disks skip that. */
  powerOn(node: string): void {
    this.off.delete(node)
    if (!nodeOf(this.cluster.state, node)) return
    const boot = `boot-${node}-${this.cluster.sequence}`
    this.cluster.send('fact.node-online', { node, boot, uname: node, capabilities })
  }

  /** Everybody hears, does and tells all that there is. */
  settle(): void {
    for (let round = 0; round < 40; round += 1) {
      for (const definition of ['web', 'db']) {
        for (const node of sanNodes) {
          this.deliver(definition, node)
          this.act(definition, node)
          this.report(definition, node)
        }
      }
    }
  }

  /** Nodes that have the volume open. */
  opened(name: string): string[] {
    return sanNodes.filter((node) => this.open.has(`${node} ${name}`))
  }
}

/** What pool `san` of a node has promised, KiB. */
export function promisedKib({ state }: TestCluster): number {
  const keys = sanNodes.flatMap((node) => (poolOf(state, node, 'san') ? [`${node}/san`] : []))
  return keys.reduce((sum, key) => sum + (state.poolUsage.get(key)?.reservedKib ?? 0), 0)
}

export const ownersOf = ({ state }: TestCluster, definition: string): Set<string> =>
  new Set(
    sanNodes.flatMap((node) =>
      volumesOf(state, definition, node).map(({ owner, origin }) => owner ?? origin.entry),
    ),
  )
