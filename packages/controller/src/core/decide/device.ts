/** From what people call a disk to the disk, as its node last told of it. */
import {
  isRefusal,
  type Node,
  type ObservedDevice,
  type ObservedDevices,
  type Refusal,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'

/** Each of them once, and each fit for a storage pool; in the order in which they were named. */
export function resolveDevices(
  draft: Draft,
  { name: node }: Node,
  words: readonly string[],
): readonly ObservedDevice[] | Refusal {
  const seen = draft.context.observed.devices(node)
  if (!seen || seen.error !== undefined) {
    const problem = seen?.error ?? 'its satellite has not told of its disks yet'
    return refuse('not-capable', { subject: node, required: 'physical storage', problem })
  }
  const found = new Map<string, ObservedDevice>()
  for (const word of words) {
    const device = resolve(seen, node, word)
    if (isRefusal(device)) return device
    const { path, problem } = device
    if (found.has(path)) {
      return refuse('invalid-arguments', { subject: word, problem: `${path} is named twice` })
    }
    if (problem !== undefined) {
      return refuse('device-in-use', { subject: path, node, problem }, lookAgain)
    }
    found.set(path, device)
  }
  return [...found.values()]
}

const lookAgain = 'If it was emptied just now: its node looks again within half a minute.'

function resolve({ devices }: ObservedDevices, node: string, word: string) {
  const matching = devices.filter(({ path, serial, wwn }) =>
    [path, path.replace(/^\/dev\//, ''), serial, wwn].includes(word),
  )
  const [device, ...more] = matching
  const show = `varve physical-storage list --node ${node} --all`
  if (!device) {
    const remedy = `Name it by path, serial number or WWN, as here: ${show}`
    return refuse('not-found', { noun: 'disk', subject: `${word} on node ${node}` }, remedy)
  }
  if (more.length === 0) return device
  const problem = `${matching.map(({ path }) => path).join(' and ')} are both called so`
  return refuse('invalid-arguments', { subject: word, problem }, `Name it by its path: ${show}`)
}
