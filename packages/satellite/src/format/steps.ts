/** The commands that make a file system, and those that make a resource Primary for that time. */
import type { FileSystem } from '@varve/events'
import { uuidOf } from '../core/name-hash.ts'
import { type MakeStep, remove, run, type Step, timeouts, write } from '../core/step.ts'
import { borrowedPath, protoPath } from './names.ts'

/** Owner of the root directory, numbers. */
export type RootOwner = { readonly uid: number; readonly gid: number }

export type Making = {
  readonly fileSystem: FileSystem
  readonly device: string
  /** Name of the backing object. */
  readonly storage: string
  /** What is remembered when it is there. */
  readonly key: string
  readonly owner: RootOwner | undefined
  /** Somebody has it already: it may be looked at, but nothing is made. */
  readonly inUse?: string
}

export function makeSteps(making: Making): Step[] {
  const { device, fileSystem, owner, storage } = making
  if (fileSystem.type === 'ext4') return [make(making, ext4Argv(fileSystem, device, owner))]
  if (!owner || making.inUse !== undefined) return [make(making, xfsArgv(making))]
  const proto = protoPath(storage)
  return [
    write(proto, protoText(owner), 'mkfs.xfs takes the owner of the root from a file'),
    make(making, xfsArgv(making, proto)),
    { ...remove(proto, 'mkfs.xfs has read it'), finally: true },
  ]
}

function make({ fileSystem, device, key, inUse }: Making, argv: string[]): MakeStep {
  const { type } = fileSystem
  return {
    kind: 'make',
    name: `mkfs.${type}`,
    why: `${device} is new and shall have ${type}, unless something is on it already`,
    argv,
    device,
    type,
    key,
    package: type === 'ext4' ? 'e2fsprogs' : 'xfsprogs',
    timeoutMs: timeouts.bulk,
    ...(type === 'xfs' ? { uuid: xfsUuid(key) } : {}),
    ...(inUse === undefined ? {} : { inUse }),
  }
}

/** Made from the owner and the name of what it stands on, as our other marks. */
const xfsUuid = (key: string) => uuidOf(`${key} xfs`)

/** mkfs.ext4 keeps the last `-E` only, so the user's words go into ours. */
function ext4Argv({ params }: FileSystem, device: string, owner?: RootOwner): string[] {
  const { words, extended } = splitExtended(params)
  const root = owner ? [`root_owner=${owner.uid}:${owner.gid}`] : []
  const all = ['nodiscard', ...extended, ...root].join(',')
  return ['mkfs.ext4', '-q', ...words, '-F', '-E', all, device]
}

function splitExtended(params: readonly string[]): { words: string[]; extended: string[] } {
  const words: string[] = []
  const extended: string[] = []
  for (let at = 0; at < params.length; at += 1) {
    const word = params[at] ?? ''
    if (!word.startsWith('-E')) words.push(word)
    else if (word.length > 2) extended.push(word.slice(2))
    else extended.push(params[++at] ?? '')
  }
  return { words, extended: extended.filter((word) => word !== '') }
}

function xfsArgv({ fileSystem: { params }, device, key }: Making, proto?: string): string[] {
  const hasOwn = params.some((word) => /\buuid=/.test(word))
  const mark = hasOwn ? [] : ['-m', `uuid=${xfsUuid(key)}`]
  const root = proto ? ['-p', proto] : []
  return ['mkfs.xfs', '-q', ...params, ...mark, '-f', '-K', ...root, device]
}

/** Form: mkfs.xfs(8), PROTOTYPE FILE. The first two lines mean nothing any more. */
function protoText({ uid, gid }: RootOwner): string {
  return `/dev/null\n0 0\nd--755 ${uid} ${gid}\n$\n`
}

/** What comes in between finds a Primary, and is Secondary again whatever happens to it. */
export function asPrimary(resource: string, steps: readonly Step[]): Step[] {
  const note = `${resource} is Primary for its mkfs alone; Varve demotes it by itself.\n`
  return [
    write(borrowedPath(resource), note, 'whoever comes after us must know that it was us'),
    // Never by force: it is UpToDate, and where that is not enough somebody else's data is better.
    run('primary', ['drbdadm', 'primary', resource], 'its new volumes get their file systems'),
    ...steps,
    ...giveBack(resource),
  ]
}

export function giveBack(resource: string): Step[] {
  return [
    { ...demote(resource), finally: true },
    { ...remove(borrowedPath(resource), 'it is Secondary again'), finally: true },
  ]
}

/** udev looks at what has just been written and holds it open for a moment. */
function demote(resource: string) {
  const argv = ['drbdadm', 'secondary', resource]
  return run('secondary', argv, 'it was Primary for its mkfs alone', {
    retries: { times: 20, pauseMs: 250 },
  })
}

export function forget(resource: string): Step[] {
  return [remove(borrowedPath(resource), 'it is not Primary any more')]
}
