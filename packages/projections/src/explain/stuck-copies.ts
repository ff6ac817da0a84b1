/**
 * Volumes that all their nodes have, and none of them as the newest: DRBD has called each copy old,
 * one after the other, while the newer one was away, and does not choose by itself.
 */
import { isLive, type ObservedVolume, refer, resourcesOf, volumeDefinitionsOf } from '@varve/events'
import { isOnline } from '../age.ts'
import type { Sight } from '../world.ts'
import type { Stuck } from './stuck.ts'

type Copy = { readonly node: string; readonly volume: ObservedVolume | undefined }

/** Nothing while a node is away that may have the newest copy, or while one is synced. */
export function stuckCopies(sight: Sight, definition: string): Stuck[] {
  const replicas = resourcesOf(sight.state, definition).filter(
    (row) => row.kind === 'diskful' && isLive(row),
  )
  if (replicas.length === 0 || !replicas.every(({ node }) => isOnline(sight, node))) return []
  return volumeDefinitionsOf(sight.state, definition).flatMap(({ number }) => {
    const copies = replicas.map(({ node }): Copy => {
      const seen = sight.observed.resource(definition, node)
      return { node, volume: seen?.volumes.find((volume) => volume.number === number) }
    })
    return isUndecided(copies) ? [stuckCopy(definition, number, copies)] : []
  })
}

function isUndecided(copies: readonly Copy[]): boolean {
  const disks = copies.map(({ volume }) => volume?.disk)
  const isSyncing = copies.some(({ volume }) => volume?.done !== undefined)
  return !isSyncing && !disks.includes('UpToDate') && disks.includes('Outdated')
}

function stuckCopy(definition: string, number: number, copies: readonly Copy[]): Stuck {
  const states = copies.map(({ node, volume }) => `${volume?.disk ?? 'unknown'} on ${node}`)
  const old = copies.filter(({ volume }) => volume?.disk === 'Outdated').map(({ node }) => node)
  return {
    subject: refer('volume-definition', definition, number),
    sentence: `Volume ${number} of ${definition} is on all its nodes, and none of them counts as the newest: ${states.join(', ')}.`,
    waysOut: [
      `Find out which copy is the newest one (${old.join(' or ')}): who was Primary last, and drbdadm show-gi ${definition} there.`,
      `On that node: drbdadm primary --force ${definition}, then drbdadm secondary ${definition}. The others are synced from it, and what only they have is lost.`,
    ],
  }
}
