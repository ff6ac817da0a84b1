/**
 * What every storage provider promises, on whatever machine: simulated, real, or a few lines of
 * memory. The same suite runs on all of them.
 */
import type { Provider } from '@varve/events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { converge } from '../converge.ts'
import { measurePool } from '../core/measure.ts'
import { absent, present, storage, volume } from '../given.ts'
import type { Host } from '../host/host.ts'
import { takeInventory, wantedPlaces } from '../inventory.ts'
import { snapshotContract } from '../snapshots/provider.contract.ts'
import { providerOf } from './table.ts'

export type ProviderBench = {
  readonly host: Host
  /** Volume group, `vg/thinpool`, ZFS dataset or directory, empty and with at least 64 MiB free. */
  readonly backing: string
  /** Makes an object of that name without any mark, as an administrator would. */
  readonly makeForeign: (name: string) => Promise<void>
  readonly close: () => Promise<void>
}

const small = 16_384
const large = 32_768

/** Sizes are multiples of the usual extent of 4 MiB. */
export function providerContract(
  provider: Provider,
  machine: string,
  open: () => Promise<ProviderBench>,
): void {
  describe(`${provider} on ${machine}`, () => {
    let bench: ProviderBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    const wanted = (sizeKib: number, more: { owner?: string } = {}) =>
      present({
        volumes: [
          volume({ storage: storage({ provider, backing: bench.backing, sizeKib, ...more }) }),
        ],
      })
    const keyOf = () => {
      const key = providerOf(provider)?.locate(storage({ provider, backing: bench.backing })).key
      if (key === undefined) throw new Error(`there is no provider ${provider}`)
      return key
    }

    test('creates: an object of that size, ours, not new any more, with a device', async () => {
      const result = await converge(bench.host, wanted(small))
      expect(result).toMatchObject({ kind: 'true' })
      expect(result.inventory.objects.get(keyOf())).toMatchObject({
        sizeKib: small,
        owner: storage().owner,
        isNew: false,
        device: expect.stringMatching(/^\/dev\//),
      })
    })

    test('what is there already is left as it is', async () => {
      await converge(bench.host, wanted(small))
      expect(await converge(bench.host, wanted(small))).toMatchObject({ kind: 'true', rounds: 0 })
    })

    test('grows, object and device', async () => {
      await converge(bench.host, wanted(small))
      const result = await converge(bench.host, wanted(large))
      expect(result).toMatchObject({ kind: 'true' })
      const object = result.inventory.objects.get(keyOf())
      expect(object?.sizeKib).toBe(large)
      expect(object?.deviceKib ?? large).toBe(large)
    })

    test('does not shrink', async () => {
      await converge(bench.host, wanted(large))
      const result = await converge(bench.host, wanted(small))
      expect(result).toMatchObject({ kind: 'true', rounds: 0 })
      expect(result.inventory.objects.get(keyOf())?.sizeKib).toBe(large)
    })

    test('removes, and says so only when nothing is left', async () => {
      await converge(bench.host, wanted(small))
      const result = await converge(bench.host, absent(wanted(small)))
      expect(result).toMatchObject({ kind: 'true' })
      expect(result.inventory.objects.has(keyOf())).toBe(false)
      expect(await converge(bench.host, absent(wanted(small)))).toMatchObject({ rounds: 0 })
    })

    test('what is not ours is neither grown nor removed', async () => {
      await bench.makeForeign(storage().name)
      const before = await converge(bench.host, wanted(large))
      expect(before).toMatchObject({ kind: 'refused', rounds: 0 })
      expect(before.reason).toMatch(/carries no mark of Varve/)
      // There is nothing of ours to take away, so the removal is done, without touching it.
      const after = await converge(bench.host, absent(wanted(large)))
      expect(after).toMatchObject({ kind: 'true', rounds: 0 })
      expect(after.inventory.objects.has(keyOf())).toBe(true)
    })

    test("nor is another owner's", async () => {
      await converge(bench.host, wanted(small, { owner: 'somebody-else' }))
      const refused = await converge(bench.host, wanted(large))
      expect(refused.reason).toMatch(/is somebody-else's/)
      const removed = await converge(bench.host, absent(wanted(large)))
      expect(removed).toMatchObject({ kind: 'true', rounds: 0 })
      for (const { inventory } of [refused, removed]) {
        expect(inventory.objects.get(keyOf())?.sizeKib).toBe(small)
      }
    })

    snapshotContract(provider, () => bench)

    test('the pool can be measured', async () => {
      const pool = { pool: 'fast', provider, backing: bench.backing, props: {} }
      const places = wantedPlaces([wanted(small)], undefined)
      const memory = {
        lostDisks: new Set<string>(),
        forgotten: new Set<string>(),
        formatted: new Set<string>(),
        bereft: new Set<string>(),
        receiving: new Set<string>(),
      }
      const measured = measurePool(pool, await takeInventory(bench.host, places, memory))
      expect(measured.problem).toBeUndefined()
      expect(measured.totalKib).toBeGreaterThan(0)
      expect(measured.freeKib).toBeLessThanOrEqual(measured.totalKib ?? 0)
    })
  })
}
