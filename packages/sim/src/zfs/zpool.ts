/** zpool: create, destroy, list. */
import type { BlockDevice } from '../block.ts'
import { diskName, isClaimed } from '../lvm/group.ts'
import type { Machine } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { addDataset, isSuspended, poolKib, type Zpool } from './model.ts'
import { misuse, notLoaded, splitProperty, version } from './words.ts'

export function zpool(call: Call): Output {
  const [verb = '', ...args] = call.args
  if (verb === '--version') return version(call.machine)
  if (!call.machine.modules.has('zfs')) return notLoaded
  const verbs: Readonly<Record<string, (machine: Machine, args: readonly string[]) => Output>> = {
    create,
    destroy,
    list,
    labelclear,
  }
  return verbs[verb]?.(call.machine, args) ?? fail(2, `unrecognized command '${verb}'`)
}

const createOptions = optionTable('-f', '-m=', '-o=', '-O=')

function create(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, createOptions)
  const [name = '', ...devices] = options.words
  if (options.unknown) return misuse(options.unknown)
  if (machine.zpools.has(name)) return fail(1, `cannot create '${name}': pool already exists`)
  const disks = devices.map(diskName)
  for (const disk of disks) {
    const found = machine.disks.get(disk)
    if (!found) return fail(1, `cannot open '/dev/${disk}': no such device in /dev`)
    const user = [...machine.zpools.values()].find((each) => each.disks.includes(disk))
    const problem = user
      ? `/dev/${disk} is part of active pool '${user.name}'`
      : isTaken(found, isClaimed(machine, disk)) && !options.values.has('-f')
        ? `/dev/${disk} is in use and contains a unknown filesystem.`
        : undefined
    if (problem) {
      const head = "invalid vdev specification\nuse '-f' to override the following errors:\n"
      return fail(1, `${head}${problem}`)
    }
  }
  for (const disk of disks) {
    const found = machine.disks.get(disk)
    if (!found) continue
    const magic = '0c b1 ba 00'
    found.signatures = [{ type: 'zfs_member', offset: 0x3f000, magic, uuid: '', label: name }]
  }
  const pool: Zpool = { name, disks, datasets: new Map() }
  machine.zpools.set(name, pool)
  const properties = new Map((options.values.get('-O') ?? []).map((word) => splitProperty(word)))
  addDataset(machine, pool, { name, properties })
  return ok()
}

function destroy(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, optionTable('-f'))
  const name = options.words[0] ?? ''
  const pool = machine.zpools.get(name)
  if (!pool) return fail(1, `cannot open '${name}': no such pool`)
  const isBusy = [...pool.datasets.values()].some(({ device }) => (device?.openers.size ?? 0) > 0)
  if (isBusy) return fail(1, `cannot destroy '${name}': pool is busy`)
  machine.zpools.delete(name)
  return ok()
}

/** As scripts ask for it: -H -p. */
function list(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, optionTable('-H', '-p', '-o='))
  if (options.unknown) return misuse(options.unknown)
  const columns = (option(options, '-o') ?? 'name,size,health').split(',')
  const bad = options.words.find((name) => !machine.zpools.has(name))
  const pools = [...machine.zpools.values()]
    .filter(({ name }) => options.words.length === 0 || options.words.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const cell = (pool: Zpool, column: string) => {
    if (column === 'name') return pool.name
    if (column === 'size') return `${poolKib(machine, pool) * 1024}`
    return isSuspended(machine, pool) ? 'SUSPENDED' : 'ONLINE'
  }
  const stdout = pools
    .map((pool) => `${columns.map((column) => cell(pool, column)).join('\t')}\n`)
    .join('')
  return bad === undefined ? ok(stdout) : fail(1, `cannot open '${bad}': no such pool`, stdout)
}

/** The labels of a pool that was destroyed are no obstacle. */
function isTaken({ signatures, partitions }: BlockDevice, isInUse: boolean): boolean {
  return isInUse || partitions !== undefined || signatures.some(({ type }) => type !== 'zfs_member')
}

/** Only labels of pools that are gone: one that is there, or was exported, keeps its own. */
function labelclear(machine: Machine, args: readonly string[]): Output {
  const path = args.at(-1) ?? ''
  const disk = machine.disks.get(diskName(path))
  if (!disk) return fail(1, `failed to open ${path}: No such file or directory`)
  const label = disk.signatures.find(({ type }) => type === 'zfs_member')
  if (!label) return fail(1, `failed to clear label for ${path}`)
  const pool = [...machine.zpools.values()].find(({ disks }) => disks.includes(diskName(path)))
  if (pool) return fail(1, `${path} is a member (ACTIVE) of pool "${pool.name}"`)
  disk.signatures = []
  return ok()
}
