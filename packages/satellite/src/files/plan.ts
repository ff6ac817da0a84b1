/**
 * What is to be done with a file that a definition brings. The rule: what Varve did not write itself
 * it neither overwrites nor removes. What it wrote it knows by a hash, noted before it writes.
 */
import { type DesiredFile, parentOfFile } from '@varve/events'

/** A file that this satellite wrote, or was about to write. */
export type Written = {
  readonly at: string
  /** SHA-256 of what it had, and of what it was to have: one of them is what lies there. */
  readonly hashes: readonly string[]
}

/** What lies at the paths of a file, its own first. */
export type Found = { readonly at: string; readonly hash: string } | undefined

export type FilePlan =
  | { readonly kind: 'as-wanted' }
  | { readonly kind: 'write'; readonly at: string; readonly note: Written }
  | { readonly kind: 'refuse'; readonly problem: string }

/** Where it may be: a file that is there under another suffix is the same file. */
export function placesOf({ path, altSuffixes }: DesiredFile): string[] {
  return [path, ...altSuffixes.map((suffix) => `${path}${suffix}`)]
}

export function isAllowed(path: string, directories: readonly string[]): boolean {
  return directories.includes(parentOfFile(path))
}

export function planFile(
  file: DesiredFile,
  hash: string,
  sight: {
    readonly directories: readonly string[]
    readonly found: Found
    readonly written: Written | undefined
  },
): FilePlan {
  const { directories, found, written } = sight
  if (!isAllowed(file.path, directories)) {
    const list = directories.length === 0 ? 'none' : directories.join(', ')
    const problem = `${file.path} does not have a whitelisted parent directory: this satellite may write into ${list} (varve run satellite --allow-files DIRECTORY)`
    return { kind: 'refuse', problem }
  }
  if (found?.hash === hash) return { kind: 'as-wanted' }
  const at = found?.at ?? file.path
  const isOurs = found === undefined || isOwn(found, written)
  if (isOurs) {
    const before = found === undefined ? [] : [found.hash]
    return { kind: 'write', at, note: { at, hashes: [...before, hash] } }
  }
  const problem =
    written?.at === found.at
      ? `${found.at} has been changed by somebody since it was written: remove it, and it is written again`
      : `${found.at} is there already, and Varve did not write it: remove it, and it is written`
  return { kind: 'refuse', problem }
}

/** True: it may go. */
export function isOwn(found: NonNullable<Found>, written: Written | undefined): boolean {
  return written?.at === found.at && written.hashes.includes(found.hash)
}
