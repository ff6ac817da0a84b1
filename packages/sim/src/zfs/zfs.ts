/** zfs: create, destroy, list, set, snapshot, rollback, with the words of 2.1.11 for what goes wrong. */
import { setDeviceSize } from '../block.ts'
import type { Machine } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { list } from './list.ts'
import {
  addDataset,
  availableKib,
  type Dataset,
  findDataset,
  isInSuspended,
  parentName,
  poolName,
  refusal,
  reservationKib,
  type Snapshot,
  usualBlockKib,
} from './model.ts'
import {
  clone,
  destroySnapshot,
  forgetOrigin,
  rename,
  rollback,
  snapshot,
  splitSnapshot,
} from './snapshot.ts'
import { missing, misuse, notLoaded, readKib, splitProperty, version } from './words.ts'

type Verb = (machine: Machine, args: readonly string[]) => Output

export function zfs(call: Call): Output | Promise<Output> {
  const [verb = '', ...args] = call.args
  if (verb === '--version') return version(call.machine)
  if (!call.machine.modules.has('zfs')) return notLoaded
  const verbs: Readonly<Record<string, Verb>> = {
    create,
    destroy,
    list,
    set,
    snapshot,
    clone,
    rollback,
    rename,
  }
  const run = verbs[verb]
  if (!run) return fail(2, `unrecognized command '${verb}'`)
  // Whoever changes something in a suspended pool waits for its disks; a list is refused at once.
  const isStuck =
    verb !== 'list' && isInSuspended(call.machine, (args.at(-1) ?? '').split('@')[0] ?? '')
  return isStuck ? new Promise(() => undefined) : run(call.machine, args)
}

const createOptions = optionTable('-n', '-P', '-s', '-p', '-u', '-V=', '-b=', '-o=')

function create(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, createOptions)
  if (options.unknown) return misuse(options.unknown)
  const name = options.words[0] ?? ''
  const pool = machine.zpools.get(poolName(name))
  if (!pool) return fail(1, `cannot open '${poolName(name)}': no such pool`)
  const properties = new Map((options.values.get('-o') ?? []).map((word) => splitProperty(word)))
  const blockKib =
    readKib(properties.get('volblocksize') ?? option(options, '-b') ?? '') ?? usualBlockKib
  const asked = option(options, '-V')
  // create rounds up to whole blocks, set does not.
  const sizeKib =
    asked === undefined ? undefined : Math.ceil((readKib(asked) ?? 0) / blockKib) * blockKib
  if (options.values.has('-n')) {
    const block = options.values.has('-b') ? `property\tvolblocksize\t${blockKib * 1024}\n` : ''
    return ok(`create\t${name}\n${block}property\tvolsize\t${(sizeKib ?? 0) * 1024}\n`)
  }
  const problem = refusal(pool.datasets, name)
  if (problem) return fail(1, `cannot create '${name}': ${problem}`)
  const isThick = sizeKib !== undefined && !options.values.has('-s')
  const reservedKib = isThick ? reservationKib(sizeKib, blockKib) : 0
  const root = pool.datasets.get(parentName(name))
  if (root && reservedKib > availableKib(machine, root)) {
    return fail(1, `cannot create '${name}': out of space`)
  }
  properties.delete('volblocksize')
  const size = sizeKib === undefined ? {} : { sizeKib }
  addDataset(machine, pool, { name, blockKib, reservedKib, properties, ...size })
  return ok()
}

/** Without -r: what others depend on stays. */
function destroy(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, optionTable('-f', '-r', '-R', '-d'))
  const name = options.words[0] ?? ''
  if (name.includes('@')) return destroySnapshot(machine, name, options.values.has('-d'))
  const dataset = findDataset(machine, name)
  const pool = machine.zpools.get(poolName(name))
  if (!dataset || !pool) return fail(1, missing(name))
  const below = [...pool.datasets.keys()].filter((each) => each.startsWith(`${name}/`))
  const dependent = [...below, ...[...dataset.snapshots.keys()].map((each) => `${name}@${each}`)]
  if (dependent.length > 0 && !options.values.has('-r')) {
    const kind = dataset.device ? 'volume' : 'filesystem'
    const use = "use '-r' to destroy the following datasets:"
    return fail(
      1,
      `cannot destroy '${name}': ${kind} has children\n${use}\n${dependent.join('\n')}`,
    )
  }
  if ((dataset.device?.openers.size ?? 0) > 0) {
    return fail(1, `cannot destroy '${name}': dataset is busy`)
  }
  for (const each of [...below, name]) pool.datasets.delete(each)
  forgetOrigin(machine, dataset.origin)
  return ok()
}

function set(machine: Machine, args: readonly string[]): Output {
  const name = args.at(-1) ?? ''
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  const kept = dataset?.snapshots.get(last)
  if (!dataset || (last !== '' && !kept)) return fail(1, missing(name))
  if (kept) return setOnSnapshot(kept, args.slice(0, -1))
  for (const [key, value] of args.slice(0, -1).map(splitProperty)) {
    const problem =
      key === 'volsize'
        ? resize(machine, dataset, readKib(value) ?? 0)
        : key === 'refreservation'
          ? reserve(machine, dataset, value)
          : setProperty(dataset, key, value)
    if (problem) return fail(1, `cannot set property for '${name}': ${problem}`)
  }
  return ok()
}

/** User properties only. */
function setOnSnapshot({ properties }: Snapshot, words: readonly string[]): Output {
  for (const [key, value] of words.map(splitProperty)) {
    if (!key.includes(':')) return fail(1, `cannot set property: '${key}' is readonly`)
    properties.set(key, value)
  }
  return ok()
}

function resize(machine: Machine, dataset: Dataset, sizeKib: number): string | undefined {
  const { device, blockKib } = dataset
  if (!device) return "'volsize' does not apply to datasets of this type"
  if (sizeKib % blockKib !== 0) {
    return `'volsize' must be a multiple of volume block size (${blockKib}K)`
  }
  const isThick = dataset.reservedKib > 0
  const reservedKib = isThick ? reservationKib(sizeKib, blockKib) : 0
  if (isThick && sizeKib > availableKib(machine, dataset)) {
    return 'size is greater than available space'
  }
  dataset.reservedKib = reservedKib
  setDeviceSize(device, sizeKib)
  return undefined
}

/** `refreservation=auto`: what a thick volume reserves; `none`: nothing. */
function reserve(machine: Machine, dataset: Dataset, value: string): string | undefined {
  if (value === 'none') {
    dataset.reservedKib = 0
    return undefined
  }
  const kib = reservationKib(dataset.device?.sizeKib ?? 0, dataset.blockKib)
  if (kib - dataset.reservedKib > availableKib(machine, dataset)) {
    return 'size is greater than available space'
  }
  dataset.reservedKib = kib
  return undefined
}

function setProperty(dataset: Dataset, key: string, value: string): string | undefined {
  if (key === 'quota') dataset.quotaKib = value === 'none' ? 0 : (readKib(value) ?? 0)
  else if (key.includes(':')) dataset.properties.set(key, value)
  // Its device goes, which nobody has open: all that is seen of it is what lies in it.
  else if (key === 'volmode') return undefined
  else return `invalid property '${key}'`
  return undefined
}
