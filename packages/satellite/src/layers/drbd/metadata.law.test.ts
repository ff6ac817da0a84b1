/** What one restore-md leaves on a device is what 32 set-gi would, by the real drbdmeta. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DesiredVolume } from '@varve/events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drbdVolume } from '../../given.ts'
import { dump9 } from './metadata.ts'

const drbdmeta = '/usr/sbin/drbdmeta'
const mib = 1024 * 1024
const day0 = 'AAAABBBBCCCCDDD0'
const source = { kind: 'source', generation: '1234567890ABCDE4' } as const
const skipSync = { kind: 'skip-sync' } as const

type Start = NonNullable<DesiredVolume['drbd']>['start']

/**
 * Generation texts `current:bitmap:history:history:consistent:uptodate` for set-gi, by node-id, the
 * own one last. An empty field is left as it is. Source: reference 3.4.
 */
function generations(start: Start, self: number): { nodeId: number; text: string }[] {
  const [own, other] =
    start.kind === 'source'
      ? [`${start.generation}:${day0}:::1:1`, `:${day0}::::`]
      : [`${day0}::::1:1`, `${day0}:::::`]
  const others = Array.from({ length: 32 }, (_, nodeId) => nodeId).filter((id) => id !== self)
  return [...others.map((nodeId) => ({ nodeId, text: other })), { nodeId: self, text: own }]
}

describe.skipIf(!existsSync(drbdmeta))(`${drbdmeta} writes the same metadata`, () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-metadata-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const meta = (device: string, words: readonly string[], nodeId?: number) => {
    const node = nodeId === undefined ? [] : ['--node-id', String(nodeId)]
    // A minor that no kernel has: drbdmeta refuses to touch those that are configured.
    const argv = ['--force', ...node, '1048575', 'v09', device, 'internal', ...words]
    return execFileSync(drbdmeta, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const created = (name: string, sizeMib: number, peerSlots: number) => {
    const device = join(directory, name)
    writeFileSync(device, '')
    truncateSync(device, sizeMib * mib)
    meta(device, ['create-md', String(peerSlots)])
    return device
  }

  test.each([
    { start: source, self: 0, peerSlots: 31, sizeMib: 32 },
    { start: skipSync, self: 1, peerSlots: 7, sizeMib: 32 },
    { start: source, self: 31, peerSlots: 1, sizeMib: 5 },
    { start: skipSync, self: 5, peerSlots: 31, sizeMib: 64 },
  ])(
    '$start.kind, node-id $self, $peerSlots slots, $sizeMib MiB',
    (given) => {
      const { start, self, peerSlots, sizeMib } = given
      const bySteps = created('steps', sizeMib, peerSlots)
      for (const { nodeId, text } of generations(start, self)) {
        meta(bySteps, ['set-gi', text], nodeId)
      }
      const atOnce = created('once', sizeMib, peerSlots)
      const { drbd } = drbdVolume({ start, day0 })
      const text = drbd && dump9(drbd, peerSlots)
      const dump = join(directory, 'dump.md')
      writeFileSync(dump, text ?? '')
      meta(atOnce, ['restore-md', dump])
      expect(readFileSync(atOnce).equals(readFileSync(bySteps))).toBe(true)
      // The comparison would also hold of two devices on which nothing was done.
      expect(meta(atOnce, ['get-gi'], (self + 9) % 32)).toMatch(
        start.kind === 'source'
          ? /^1234567890ABCDE4:AAAABBBBCCCCDDD0:0+:0+:1:1:/
          : /^A{4}B{4}C{4}D{3}0:0+:0+:0+:1:1:/,
      )
    },
    30_000,
  )
})
