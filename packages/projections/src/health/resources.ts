/** Replicas: too few, not UpToDate, without quorum, or with a step that fails. */
import {
  groupOf,
  isLive,
  type Resource,
  type ResourceDefinition,
  refer,
  resourcesOf,
  volumesOf,
} from '@varve/events'
import { isOnline } from '../age.ts'
import { failureText } from '../views/resource.ts'
import { diskOf, type VolumeRow, volumeRow } from '../views/volume.ts'
import type { Sight } from '../world.ts'
import { differences } from './differences.ts'
import type { Problem } from './problem.ts'

export function definitionProblems(sight: Sight): Problem[] {
  const problems: Problem[] = []
  for (const definition of sight.state.definitions.values()) {
    if (!isLive(definition)) continue
    const resources = resourcesOf(sight.state, definition.name).filter(isLive)
    if (resources.length === 0) continue
    problems.push(...tooFew(sight, definition, resources))
    if (definition.layers.includes('DRBD')) {
      problems.push(...copies(sight, definition, resources), ...differences(sight, resources))
    }
    for (const resource of resources) problems.push(...ailing(sight, resource))
  }
  return problems
}

function tooFew(
  sight: Sight,
  definition: ResourceDefinition,
  resources: readonly Resource[],
): Problem[] {
  const wanted = groupOf(sight.state, definition.group)?.filter.placeCount
  const diskful = resources.filter((resource) => resource.kind === 'diskful').length
  if (wanted === undefined || diskful >= wanted) return []
  return [
    {
      level: 'warning',
      subject: refer('resource-definition', definition.name),
      sentence: `${definition.name} has ${diskful} of the ${wanted} replicas that group ${definition.group} asks for.`,
      remedy: `varve resource auto-place ${definition.name} --place-count ${wanted}`,
    },
  ]
}

/** No reachable UpToDate copy of a volume is an error, one that is behind a warning. */
function copies(
  sight: Sight,
  definition: ResourceDefinition,
  resources: readonly Resource[],
): Problem[] {
  const diskful = resources.filter((resource) => resource.kind === 'diskful')
  // Nearly always all is well, and a cluster may have 30,000 replicas: rows are built for the others.
  if (diskful.every((resource) => isAllGood(sight, resource))) return []
  const byNumber = new Map<number, VolumeRow[]>()
  for (const resource of diskful) {
    for (const volume of volumesOf(sight.state, resource.definition, resource.node)) {
      const row = volumeRow(sight, volume)
      byNumber.set(row.number, [...(byNumber.get(row.number) ?? []), row])
    }
  }
  return [...byNumber].flatMap(([number, volumes]) => copiesOf(sight, definition, number, volumes))
}

function isAllGood(sight: Sight, resource: Resource): boolean {
  if (!isOnline(sight, resource.node)) return false
  const seen = sight.observed.resource(resource.definition, resource.node)
  return volumesOf(sight.state, resource.definition, resource.node).every((volume) => {
    const disk = seen?.volumes.find((one) => one.number === volume.number)?.disk ?? volume.disk
    return disk === 'UpToDate'
  })
}

function copiesOf(
  sight: Sight,
  definition: ResourceDefinition,
  number: number,
  volumes: readonly VolumeRow[],
): Problem[] {
  const isReachable = (volume: VolumeRow) => isOnline(sight, volume.node)
  const isGood = (volume: VolumeRow) => diskOf(volume) === 'UpToDate'
  const subject = refer('volume-definition', definition.name, number)
  const name = `Volume ${number} of ${definition.name}`
  if (!volumes.some((volume) => isReachable(volume) && isGood(volume))) {
    return [
      {
        level: 'error',
        subject,
        sentence: `${name} has no UpToDate copy that can be reached: ${states(sight, volumes)}.`,
        remedy: `varve explain stuck ${definition.name}`,
      },
    ]
  }
  const behind = volumes.filter((volume) => isReachable(volume) && !isGood(volume))
  if (behind.length === 0) return []
  const failed = behind.find(({ node }) => hasFailedDisk(sight, definition.name, node, number))
  const remedy = failed && `varve explain stuck ${definition.name}`
  const sentence = `${name} is not UpToDate: ${states(sight, behind)}.`
  return [{ level: 'warning', subject, sentence, ...(remedy ? { remedy } : {}) }]
}

function hasFailedDisk(sight: Sight, definition: string, node: string, number: number): boolean {
  const volumes = sight.observed.resource(definition, node)?.volumes ?? []
  return volumes.some((volume) => volume.number === number && volume.diskFailed === true)
}

function states(sight: Sight, volumes: readonly VolumeRow[]): string {
  return volumes
    .map((volume) => {
      const done = volume.observed?.done
      const progress = done === undefined ? '' : ` (${Math.floor(done)}% synced)`
      const away = isOnline(sight, volume.node) ? '' : ', offline'
      const isFailed = hasFailedDisk(sight, volume.definition, volume.node, volume.number)
      const why = isFailed ? ', its disk has failed' : ''
      return `${diskOf(volume) ?? 'not created yet'} on ${volume.node}${progress}${why}${away}`
    })
    .join(', ')
}

function ailing(sight: Sight, resource: Resource): Problem[] {
  const observed = sight.observed.resource(resource.definition, resource.node)
  if (!observed || !isOnline(sight, resource.node)) return []
  const subject = refer('resource', resource.definition, resource.node)
  const name = `${resource.definition} on ${resource.node}`
  const problems: Problem[] = []
  if (observed.status === 'failed') {
    problems.push({
      level: 'error',
      subject,
      sentence: `${name}: a step fails: ${observed.failure ? failureText(observed.failure) : 'no reason was reported'}.`,
      remedy: `varve explain stuck ${resource.definition}`,
    })
  }
  for (const { number, cache } of observed.volumes) {
    if (cache?.problem === undefined) continue
    problems.push({
      level: 'error',
      subject,
      sentence: `The cache of volume ${number} of ${name}: ${cache.problem}.`,
      remedy: `See the kernel's log on ${resource.node}. Where a peer is UpToDate, delete the resource there and create it again.`,
    })
  }
  if (observed.quorum === false) {
    problems.push({
      level: 'error',
      subject,
      sentence: `${name} has no quorum.`,
      remedy: 'Bring back enough of its nodes.',
    })
  }
  if (observed.suspended !== undefined) {
    problems.push({
      level: 'error',
      subject,
      sentence: `${name}: I/O is suspended (${observed.suspended}).`,
    })
  }
  return problems
}
