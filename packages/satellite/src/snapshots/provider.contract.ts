/** The part of the storage contract that is about snapshots, or about their being refused. */
import type {
  DesiredRollback,
  DesiredSnapshot,
  DesiredStorage,
  PresentResource,
  Provider,
} from '@varve/events'
import { describe, expect, test } from 'vitest'
import { converge } from '../converge.ts'
import { findDrift } from '../core/drift.ts'
import type { Inventory } from '../core/inventory.ts'
import { absent, present, storage, volume } from '../given.ts'
import type { ProviderBench } from '../storage/provider.contract.ts'
import type { SnapshotAbility } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'
import { snapshotState } from './plan.ts'

const sizeKib = 16_384
const mark = '01K9ZW4Q0G7C1N5T8Y2D6SNAP1'
const from = { snapshot: 's1', source: 'web_00000', owner: mark }

export function snapshotContract(provider: Provider, bench: () => ProviderBench): void {
  const ability = providerOf(provider)?.snapshots
  const at = (more: Partial<DesiredStorage> = {}) =>
    storage({ provider, backing: bench().backing, sizeKib, ...more })
  const web = (step?: DesiredSnapshot['step']): PresentResource => ({
    ...present({ volumes: [volume({ storage: at() })] }),
    ...(step ? { snapshots: [wanted(step)] } : {}),
  })
  const wanted = (step: DesiredSnapshot['step']): DesiredSnapshot => {
    const { backing, name: source, owner: sourceOwner } = at()
    const part = { number: 0, provider, backing, source, sourceOwner }
    return { snapshot: 's1', owner: mark, step, volumes: [part] }
  }
  const stateOf = (document: PresentResource, seen: Inventory) =>
    document.snapshots?.map((each) => snapshotState(document, each, seen))
  const other = (more: Partial<DesiredStorage>): PresentResource => {
    const copy = at({ name: 'copy_00000', owner: 'the copy', from, ...more })
    return present({ resource: 'copy', volumes: [volume({ storage: copy })] })
  }

  if (ability === undefined || typeof ability === 'string') {
    test('has no snapshots and says so, without doing anything', async () => {
      await converge(bench().host, web())
      const result = await converge(bench().host, web('take'))
      expect(result).toMatchObject({ kind: 'true', rounds: 0 })
      expect(stateOf(web('take'), result.inventory)).toMatchObject([
        { state: 'failed', problem: ability },
      ])
      expect((await converge(bench().host, other({}))).reason).toBe(ability)
    })
    return
  }

  describe('snapshots', () => withSnapshots({ bench, web, other, stateOf, ability, at }))
}

type Given = {
  readonly bench: () => ProviderBench
  readonly web: (step?: DesiredSnapshot['step']) => PresentResource
  readonly other: (more: Partial<DesiredStorage>) => PresentResource
  readonly stateOf: (document: PresentResource, seen: Inventory) => unknown
  readonly ability: SnapshotAbility
  readonly at: (more?: Partial<DesiredStorage>) => DesiredStorage
}

function withSnapshots({ bench, web, other, stateOf, ability, at }: Given): void {
  const keyOf = () => ability.locate({ ...from, backing: bench().backing }).key
  const sourceKey = () => providerOf(at().provider)?.locate(at()).key ?? ''
  const backTo = (step: DesiredRollback['step'], operation = 'the rollback'): PresentResource => ({
    ...web('keep'),
    rollback: { operation, step, snapshot: 's1' },
  })
  const copyKey = () => providerOf(at().provider)?.locate(at({ name: 'copy_00000' })).key ?? ''

  test('is taken, with its mark, kept, and removed; its source stays as it is', async () => {
    await converge(bench().host, web())
    const taken = await converge(bench().host, web('take'))
    expect(taken.kind, JSON.stringify(taken.failure ?? taken.reason)).toBe('true')
    expect(stateOf(web('take'), taken.inventory)).toMatchObject([{ state: 'taken', owner: mark }])
    expect(taken.inventory.objects.get(keyOf())).toMatchObject({ owner: mark, isNew: false })
    const kept = await converge(bench().host, web('keep'))
    expect(kept).toMatchObject({ kind: 'true', rounds: 0 })
    expect(stateOf(web('keep'), kept.inventory)).toMatchObject([{ state: 'kept' }])
    const removed = await converge(bench().host, web('remove'))
    expect(stateOf(web('remove'), removed.inventory)).toMatchObject([{ state: 'removed' }])
    expect(removed.inventory.objects.has(keyOf())).toBe(false)
    expect(await converge(bench().host, web())).toMatchObject({ kind: 'true', rounds: 0 })
  })

  test('one that was never taken here is not made up afterwards', async () => {
    await converge(bench().host, web())
    const result = await converge(bench().host, web('keep'))
    expect(result).toMatchObject({ kind: 'true', rounds: 0 })
    expect(stateOf(web('keep'), result.inventory)).toMatchObject([{ state: 'failed' }])
  })

  test("another owner's snapshot of the same name is left alone", async () => {
    await converge(bench().host, web())
    const theirs = web('take')
    const foreign = (theirs.snapshots ?? []).map((each) => ({ ...each, owner: 'somebody-else' }))
    await converge(bench().host, { ...theirs, snapshots: foreign })
    const result = await converge(bench().host, web('take'))
    expect(stateOf(web('take'), result.inventory)).toMatchObject([
      { state: 'failed', problem: expect.stringMatching(/is somebody-else's/) },
    ])
    const removed = await converge(bench().host, web('remove'))
    expect(removed).toMatchObject({ kind: 'true', rounds: 0 })
    expect(removed.inventory.objects.get(keyOf())?.owner).toBe('somebody-else')
    expect((await converge(bench().host, other({}))).reason).toMatch(/is somebody-else's/)
  })

  test('becomes a volume of its own, ours, as large as asked for, for good', async () => {
    await converge(bench().host, web())
    await converge(bench().host, web('take'))
    const result = await converge(bench().host, other({ sizeKib: 2 * sizeKib }))
    expect(result.kind, JSON.stringify(result.failure ?? result.reason)).toBe('true')
    expect(result.inventory.objects.get(copyKey())).toMatchObject({
      owner: 'the copy',
      isNew: false,
      sizeKib: 2 * sizeKib,
      device: expect.stringMatching(/^\/dev\//),
    })
    expect(await converge(bench().host, other({ sizeKib: 2 * sizeKib }))).toMatchObject({
      rounds: 0,
    })
  })

  test('is removed while what was made of it stays, and a removal of both leaves nothing', async () => {
    await converge(bench().host, web())
    await converge(bench().host, web('take'))
    await converge(bench().host, other({}))
    const removed = await converge(bench().host, web('remove'))
    expect(removed.kind, JSON.stringify(removed.failure ?? removed.reason)).toBe('true')
    expect(stateOf(web('remove'), removed.inventory)).toMatchObject([{ state: 'removed' }])
    expect(removed.inventory.objects.has(copyKey())).toBe(true)
    await converge(bench().host, absent(other({})))
    const gone = await converge(bench().host, absent(web()))
    expect(gone.kind, JSON.stringify(gone.failure ?? gone.reason)).toBe('true')
    expect([...gone.inventory.objects.values()].filter(({ owner }) => owner)).toEqual([])
  })

  test('goes back to it once for each rollback, and the snapshot stays', async () => {
    await converge(bench().host, web())
    await converge(bench().host, web('take'))
    const stopped = await converge(bench().host, backTo('stop'))
    expect(stopped).toMatchObject({ kind: 'true', rounds: 0 })
    const result = await converge(bench().host, backTo('roll-back'))
    expect(result.kind, JSON.stringify(result.failure ?? result.reason)).toBe('true')
    expect(result.inventory.objects.get(sourceKey())).toMatchObject({
      owner: at().owner,
      isNew: false,
      rolledBack: 'the rollback',
    })
    expect(result.inventory.objects.get(keyOf())).toMatchObject({ owner: mark })
    const again = await converge(bench().host, backTo('roll-back'))
    expect(again).toMatchObject({ kind: 'true', rounds: 0 })
    const drift = findDrift([backTo('roll-back')], again.inventory)
    expect(drift.filter(({ name }) => name.startsWith('web'))).toEqual([])
    const up = await converge(bench().host, web('keep'))
    expect(up.kind, JSON.stringify(up.failure ?? up.reason)).toBe('true')
    expect(up.inventory.objects.get(sourceKey())?.device).toMatch(/^\/dev\//)
    const next = await converge(bench().host, backTo('roll-back', 'the next'))
    expect(next.kind, JSON.stringify(next.failure ?? next.reason)).toBe('true')
    expect(next.rounds).toBeGreaterThan(0)
  })

  test('nothing is rolled back to what is not the snapshot that is meant', async () => {
    await converge(bench().host, web())
    const none = await converge(bench().host, backTo('roll-back'))
    expect(none).toMatchObject({ kind: 'refused', rounds: 0 })
    expect(none.reason).toMatch(/is not there/)
    const theirs = web('take')
    const foreign = (theirs.snapshots ?? []).map((each) => ({ ...each, owner: 'somebody-else' }))
    await converge(bench().host, { ...theirs, snapshots: foreign })
    const result = await converge(bench().host, backTo('roll-back'))
    expect(result).toMatchObject({ kind: 'refused', rounds: 0 })
    expect(result.reason).toMatch(/is somebody-else's/)
    expect(result.inventory.objects.get(sourceKey())?.rolledBack).toBeUndefined()
  })

  test('a volume is made of nothing but the snapshot that is meant', async () => {
    await converge(bench().host, web())
    const result = await converge(bench().host, other({}))
    expect(result).toMatchObject({ kind: 'refused', rounds: 0 })
    expect(result.reason).toMatch(/the snapshot .* is not there/)
    expect(result.inventory.objects.has(copyKey())).toBe(false)
  })
}
