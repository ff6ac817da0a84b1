/** What a satellite that was killed in the middle of a write has left in our own directory. */
import type { Host } from './host/host.ts'
import { backupDirectory, configDirectory } from './layers/drbd/paths.ts'

/**
 * Unfinished writes (`<name>.<uuid>.tmp`, host/files.ts) and dumps of metadata (`<name>_00000.md`),
 * which live only between two steps: nobody else would ever remove them once their resource is
 * gone. Only in the directory that nobody but us writes to; to be called before any step runs.
 */
export async function removeLeftovers(host: Host): Promise<void> {
  for (const directory of [configDirectory, backupDirectory]) {
    const names = await host.list(directory)
    for (const name of names.filter(isLeftover)) await host.removeFile(`${directory}/${name}`)
  }
}

function isLeftover(name: string): boolean {
  return /\.(res|res\.new|rekeyed)\.[0-9a-f-]{36}\.tmp$|^(positions\.json|node\.key)\.[0-9a-f-]{36}\.tmp$|_\d{5}\.md(\.[0-9a-f-]{36}\.tmp)?$/.test(
    name,
  )
}
