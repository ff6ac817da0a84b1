/** What the kernel shows of bcache below /sys, and what can be changed there. */
import type { KernelChange } from '@varve/satellite'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import {
  attach,
  type BcacheData,
  flush,
  isDirty,
  kernelName,
  register,
  stop,
  unregister,
} from './model.ts'

const directory = '/sys/fs/bcache'
export const registerFile = `${directory}/register_quiet`

export const isBcache = (path: string) =>
  path.startsWith(`${directory}/`) || /^\/sys\/block\/[^/]+\/bcache\//.test(path)

/** Names in a directory of these; undefined: there is none. */
export function bcacheNames({ bcache, modules }: Machine, path: string): string[] | undefined {
  if (!modules.has('bcache')) return undefined
  if (path === directory) return [...bcache.sets.keys(), 'register', 'register_quiet'].sort()
  if (path !== '/sys/block') return undefined
  const numbers = [...bcache.data.values()].flatMap(({ running }) => running?.number ?? [])
  return [...bcache.data.keys(), ...numbers.map((number) => `bcache${number}`)].sort()
}

/** The data that a path is about, and the attribute of it. */
function find({ bcache }: Machine, path: string): { each?: BcacheData; rest?: string } {
  const [, block, set, rest] =
    /^\/sys\/(?:block\/([^/]+)\/bcache|fs\/bcache\/([^/]+)\/bdev0)\/(.+)$/.exec(path) ?? []
  if (rest === undefined) return {}
  const each =
    block === undefined
      ? [...bcache.data.values()].find(
          ({ data }) => data.bcache?.isAttached && data.bcache.set === set && bcache.sets.has(set),
        )
      : bcache.data.get(block)
  return each ? { each, rest } : {}
}

/** The text of an attribute; undefined: there is none. */
export function bcacheText(machine: Machine, path: string): string | undefined {
  if (!isBcache(path)) return undefined
  const { each, rest } = find(machine, path)
  const block = each?.data.bcache
  if (!each || !block) return undefined
  const { running } = each
  const state = !block.isAttached ? 'no cache' : isDirty(each) ? 'dirty' : 'clean'
  const attributes: Readonly<Record<string, string | undefined>> = {
    label: block.label,
    state,
    running: running ? '1' : '0',
    backing_dev_name: kernelName(each.data),
    'dev/size': running && `${running.inner.sizeKib * 2}`,
  }
  const text = attributes[rest ?? '']
  return text === undefined ? undefined : `${text}\n`
}

/** Throws what the kernel says. */
export function changeBcache(machine: Machine, change: KernelChange): void {
  const { path } = change
  const text = 'text' in change ? change.text : ''
  if (path === registerFile) {
    const device = findDevice(machine, text)
    const problem = device ? register(machine, device) : 'Invalid argument'
    if (problem !== undefined) throw new Error(`EINVAL: invalid argument, write`)
    return
  }
  const set = /^\/sys\/fs\/bcache\/([^/]+)\/unregister$/.exec(path)?.[1]
  if (set !== undefined && machine.bcache.sets.has(set)) {
    unregister(machine, set)
    return
  }
  const { each, rest } = find(machine, path)
  if (!each?.data.bcache) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  changeData(machine, each, rest, text)
}

function changeData(machine: Machine, each: BcacheData, rest: string | undefined, text: string) {
  const block = each.data.bcache
  if (!block) return
  const cache = machine.bcache.sets.get(text)
  if (rest === 'label') block.label = text
  else if (rest === 'stop') stop(machine, each)
  else if (rest === 'attach' && cache && each.running) attach(each.data, cache, each.running.inner)
  else if (rest === 'detach') {
    flush(each)
    block.isAttached = false
  } else throw new Error(`EINVAL: invalid argument, write`)
}
