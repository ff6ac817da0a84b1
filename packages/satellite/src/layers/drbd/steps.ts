/** Commands that make DRBD's kernel state follow a document. Nothing here creates metadata. */
import type { DesiredDrbd, PresentResource } from '@varve/events'
import type { Inventory } from '../../core/inventory.ts'
import { remove, run, type Step, type Veil, write } from '../../core/step.ts'
import { type RenderInput, renderConfig } from './config.ts'
import type { KernelResource } from './parse.ts'
import { backupPath, candidatePath, resPath } from './paths.ts'
import { veilOf } from './secret.ts'

export type DrbdDocument = PresentResource & { readonly drbd: DesiredDrbd }

export const eventsNowArgv = ['drbdsetup', 'events2', '--now', '--statistics', 'all'] as const
export const eventsFollowArgv = ['drbdsetup', 'events2', '--statistics', 'all'] as const

/** The in-kernel 8.4 needs other files, other metadata and fewer commands. */
export function is84(inventory: Inventory): boolean {
  return inventory.drbd.version?.startsWith('8.') ?? false
}

export type LocalDisks = Pick<RenderInput, 'devices' | 'metadata'>

/**
 * Steps from the configuration on: file, adjust, resize, forget. `disks` are the local backing
 * devices, all of which exist and have metadata when these steps run.
 */
export function drbdSteps(document: DrbdDocument, inventory: Inventory, disks: LocalDisks): Step[] {
  const text = renderConfig({ document, ...disks, is84: is84(inventory) })
  const adjust = adjustSteps(document, inventory, disks, text)
  return [
    ...adjust,
    ...(adjust.length > 0 ? [] : resizeSteps(document, inventory)),
    ...forgetSteps(document, inventory),
  ]
}

function adjustSteps(
  document: DrbdDocument,
  inventory: Inventory,
  disks: LocalDisks,
  text: string,
): Step[] {
  const { resource } = document
  const veil = veilOf(resource, document.drbd)
  const inPlace = inventory.files.get(resPath(resource))
  const accepted = inventory.files.get(backupPath(resource))
  const reason =
    accepted !== text
      ? 'its configuration differs from the one that was last accepted'
      : deviation(document, inventory)
  const isSame = inPlace === text
  if (reason === undefined && isSame) return []
  // A file that drbdadm reads but cannot use may also stand in the way of all others.
  const undo =
    accepted === undefined
      ? [remove(resPath(resource), 'a file that was never accepted must not stay in the include')]
      : accepted === text
        ? []
        : [write(resPath(resource), accepted, 'the last good file takes its place again', veil)]
  return [
    ...(isSame ? [] : putConfig(resource, text, veil)),
    ...(reason === undefined
      ? []
      : [
          ...checkResize(document, inventory, disks),
          run('adjust', ['drbdadm', 'adjust', resource], `DRBD resource ${resource}: ${reason}`, {
            undo,
          }),
          ...(accepted === text
            ? []
            : [write(backupPath(resource), text, 'adjust has accepted this file', veil)]),
        ]),
  ]
}

/** Checked beside its place first: the include takes every file, and one bad line breaks them all. */
function putConfig(resource: string, text: string, veil: Veil | undefined): Step[] {
  const candidate = candidatePath(resource)
  return [
    write(candidate, text, `the new configuration of ${resource}`, veil),
    run(
      'check configuration',
      ['drbdadm', '--config-file', candidate, 'sh-nop'],
      'drbdadm must be able to read it before it counts',
    ),
    write(resPath(resource), text, 'drbdadm can read it', veil),
    remove(candidate, 'it is in place'),
  ]
}

/** A backing device that grew while DRBD was down has its metadata in the middle. */
function checkResize(document: DrbdDocument, inventory: Inventory, disks: LocalDisks): Step[] {
  const kernel = inventory.drbd.resources.get(document.resource)
  const format = is84(inventory) ? 'v08' : 'v09'
  return document.volumes.flatMap((volume) => {
    const device = disks.devices.get(volume.number)
    const isAttached = isAttachedNow(kernel, volume.number)
    const isBorn = accepted(document, inventory)
    // External metadata is at the beginning of its own device, wherever the data ends.
    const isExternal = volume.metadata !== undefined
    if (!volume.drbd || device === undefined || isAttached || isExternal || !isBorn) return []
    const minor = String(volume.drbd.minor)
    return [
      run(
        'check-resize',
        ['drbdmeta', '--force', minor, format, device, 'internal', 'check-resize'],
        `${device} may have grown while DRBD was down: its metadata belongs at the end`,
        { mayFail: true },
      ),
    ]
  })
}

/** True when this resource has been up with an accepted file before: its metadata is in use. */
function accepted(document: DrbdDocument, inventory: Inventory): boolean {
  return inventory.files.has(backupPath(document.resource))
}

export function isAttachedNow(kernel: KernelResource | undefined, number: number): boolean {
  const disk = kernel?.volumes.get(number)?.disk
  return disk !== undefined && disk !== 'Diskless' && disk !== 'Detaching' && disk !== 'Failed'
}

/**
 * Why the kernel is not as the document says; undefined when it is. A StandAlone connection is a
 * reason only where nothing is on this node that could differ (`givenUp`): elsewhere it is a split
 * brain or an administrator's will, and adjusting would fight either.
 */
function deviation(document: DrbdDocument, inventory: Inventory): string | undefined {
  const kernel = inventory.drbd.resources.get(document.resource)
  if (!kernel) return 'it is not up'
  for (const volume of document.volumes) {
    if (!volume.drbd) continue
    const found = kernel.volumes.get(volume.number)
    if (!found) return `volume ${volume.number} is missing`
    const isLost = inventory.drbd.lostDisks.has(`${document.resource}/${volume.number}`)
    if (volume.storage && found.disk === 'Diskless' && !isLost) {
      return `volume ${volume.number} has no disk attached`
    }
    if (!volume.storage && found.disk !== 'Diskless' && found.disk !== 'Detaching') {
      return `volume ${volume.number} shall have no disk`
    }
  }
  const numbers = new Set(document.volumes.map((volume) => volume.number))
  const extra = [...kernel.volumes.keys()].sort((a, b) => a - b).find((n) => !numbers.has(n))
  if (extra !== undefined) return `volume ${extra} is not wanted any more`
  return is84(inventory) ? undefined : peerDeviation(document, kernel)
}

function peerDeviation(document: DrbdDocument, kernel: KernelResource): string | undefined {
  const isDiskless = document.drbd.self.kind !== 'diskful'
  const wanted = document.drbd.peers.filter((peer) => !isDiskless || peer.kind === 'diskful')
  const missing = wanted.find((peer) => !kernel.connections.has(peer.nodeId))
  if (missing) return `there is no connection to ${missing.uname}`
  const ids = new Set(wanted.map((peer) => peer.nodeId))
  const extra = [...kernel.connections.keys()].sort((a, b) => a - b).find((id) => !ids.has(id))
  return extra === undefined ? givenUp(kernel) : `the connection to node-id ${extra} is not wanted`
}

/**
 * A new replica that has met a peer which still expected the one before it, by another node-id, or
 * one that was in the middle of its own first sync: DRBD gives up, and does not try again. Without
 * any data of its own here there is no split brain, so connecting again can take nothing away. The
 * satellite looks at it once a minute: no event of a connection makes it look.
 */
function givenUp(kernel: KernelResource): string | undefined {
  const disks = [...kernel.volumes.values()].map(({ disk }) => disk)
  if (!disks.every((disk) => disk === 'Inconsistent' || disk === 'Diskless')) return undefined
  const alone = [...kernel.connections].find(([, { state }]) => state === 'StandAlone')
  return alone && `the connection to node-id ${alone[0]} was given up, and there is no data here`
}

/** Only when the backing devices have grown everywhere, which is for the controller to know. */
function resizeSteps(document: DrbdDocument, inventory: Inventory): Step[] {
  const kernel = inventory.drbd.resources.get(document.resource)
  return document.volumes.flatMap((volume) => {
    const sizeKib = kernel?.volumes.get(volume.number)?.sizeKib
    if (!volume.drbd?.resize || sizeKib === undefined || sizeKib >= volume.sizeKib) return []
    return resizeVolume(document.resource, volume.number, inventory, {
      why: `volume ${volume.number} has ${sizeKib} of ${volume.sizeKib} KiB`,
    })
  })
}

/** 8.4 says "Need one Primary node to resize": when nobody is, we are for that moment. */
function resizeVolume(
  resource: string,
  number: number,
  inventory: Inventory,
  { why }: { why: string },
): Step[] {
  const argv = ['drbdadm', 'resize', `${resource}/${number}`]
  const kernel = inventory.drbd.resources.get(resource)
  const roles = [kernel?.role, ...[...(kernel?.connections.values() ?? [])].map((c) => c.role)]
  if (!is84(inventory) || roles.includes('Primary')) return [run('resize', argv, why)]
  const demote = run('secondary', ['drbdadm', 'secondary', resource], 'it was only for the resize')
  return [
    run('primary', ['drbdadm', 'primary', resource], 'DRBD 8.4 resizes on a Primary only'),
    run('resize', argv, why, { undo: [demote] }),
    demote,
  ]
}

/** Frees the bitmap slots of nodes that are gone. 8.4 has none. */
function forgetSteps(document: DrbdDocument, inventory: Inventory): Step[] {
  if (is84(inventory)) return []
  const { resource, drbd } = document
  const kernel = inventory.drbd.resources.get(resource)
  const peers = new Set(drbd.peers.map((peer) => peer.nodeId))
  const ids = drbd.forget
    .filter((id) => !inventory.drbd.forgotten.has(`${resource}/${id}`) && !peers.has(id))
    .toSorted((a, b) => a - b)
  return ids.flatMap((id) => [
    ...(kernel?.connections.has(id)
      ? [
          run(
            'del-peer',
            ['drbdsetup', 'del-peer', resource, String(id)],
            `node-id ${id} is not a peer any more`,
            { mayFail: true },
          ),
        ]
      : []),
    run(
      'forget-peer',
      ['drbdsetup', 'forget-peer', resource, String(id)],
      `the bitmap slot of node-id ${id} is to be free`,
      // "Invalid peer-node-id" when the slot is free already.
      { mayFail: true },
    ),
  ])
}

/** First half of a removal: out of the kernel, then out of the configuration. */
export function downSteps(resource: string, inventory: Inventory): Step[] {
  const files = [candidatePath(resource), resPath(resource), backupPath(resource)]
  return [
    ...(inventory.drbd.resources.has(resource)
      ? [run('down', ['drbdsetup', 'down', resource], `${resource} is not wanted any more`)]
      : []),
    ...files
      .filter((path) => inventory.files.has(path))
      .map((path) => remove(path, `${resource} is not wanted any more`)),
  ]
}
