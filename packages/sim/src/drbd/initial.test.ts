import { expect, test } from 'vitest'
import { cluster, deploy } from '../given.ts'
import { initialEvents } from './follow.ts'
import { dumpText } from './initial.ts'

const options = { statistics: true, full: false, timestamps: false }

/** Another value of the same kind; undefined for what has none. */
function other(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`
  if (typeof value === 'number') return value + 1
  return typeof value === 'boolean' ? !value : undefined
}

test('whatever changes anywhere, the dump says it', async () => {
  const each = cluster(3)
  await deploy(each)
  each.clock.advance(5_000)
  const kernels = each.hosts.flatMap(({ machine }) => machine.kernel ?? [])
  const [kernel] = kernels
  if (!kernel) throw new Error('DRBD is loaded')
  const fresh = () => `${initialEvents(kernel, options).join('\n')}\n`
  const all = kernels.flatMap(({ resources }) => [...resources.values()])
  const connections = all.flatMap((resource) => [...resource.connections.values()])
  const objects: Record<string, unknown>[] = [
    ...all,
    ...all.flatMap((resource) => [...resource.devices.values()]),
    ...connections,
    ...connections.flatMap((connection) => [...connection.peerDevices.values()]),
  ]
  expect(objects).toHaveLength(3 + 3 + 6 + 6)
  // Names and places in the tree are for ever; the others are numbered in what they are part of.
  const fixed = new Set(['name', 'kernel', 'resource', 'connection', 'connections', 'devices'])
  for (const also of ['peerDevices', 'openers', 'shown', 'dumped']) fixed.add(also)
  let moved = 0
  for (const object of objects) {
    for (const key of Object.keys(object).filter((each) => !fixed.has(each))) {
      const value = object[key]
      const before = dumpText(kernel)
      object[key] = other(value)
      const now = fresh()
      expect(dumpText(kernel), `after another ${key}`).toBe(now)
      if (now !== before) moved += 1
      object[key] = value
    }
  }
  expect(moved).toBeGreaterThan(20)
  expect(dumpText(kernel)).toBe(fresh())
})
