/** What satellites report, as text without what differs from run to run: times, counters, boots. */
import type { ObservedConnection, ObservedResource, ObservedVolume } from '@varve/events'

export function reportText(node: string, seen: ObservedResource | undefined): string {
  if (!seen) return `${node}: nothing`
  const words = [
    seen.status,
    seen.role,
    seen.suspended && `suspended ${seen.suspended}`,
    seen.quorum === false && 'without quorum',
  ].filter(Boolean)
  return [
    `${node}: ${words.join(', ')}`,
    ...seen.volumes.map(volumeText),
    ...seen.connections.map(connectionText),
    ...(seen.snapshots ?? []).map(
      ({ snapshot, state, problem }) =>
        `  snapshot ${snapshot}: ${state}${problem === undefined ? '' : `: ${plain(problem)}`}`,
    ),
    ...(seen.failure ? [`  failed: ${seen.failure.step}: ${plain(seen.failure.stderr)}`] : []),
  ].join('\n')
}

function volumeText(volume: ObservedVolume): string {
  const parts = [
    volume.device && `device ${plain(volume.device)}`,
    volume.deviceKib !== undefined && mib(volume.deviceKib),
    volume.backing && `on ${plain(volume.backing)}`,
    volume.backingKib !== undefined && mib(volume.backingKib),
    volume.disk,
  ].filter(Boolean)
  return `  volume ${volume.number}: ${parts.join(' ')}`
}

function connectionText({ peer, state, peerRole, volumes }: ObservedConnection): string {
  const each = volumes.map(
    ({ number, replication, peerDisk }) => ` ${number} ${replication} ${peerDisk}`,
  )
  return `  peer ${peer}: ${state} ${peerRole ?? ''}${each.join('')}`
}

/** Sizes to the MiB: extents and metadata are rounded alike, what is left of a file system is not. */
function mib(kib: number): string {
  return `${Math.round(kib / 1024)} MiB`
}

/** Loop devices are numbered as they come. */
function plain(text: string): string {
  return text.replaceAll(/\/dev\/loop\d+/g, '/dev/loopN').trim()
}
