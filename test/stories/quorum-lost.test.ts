/**
 * A node is cut off from the others while it writes: it stops within the write, and the others
 * decide. Simulator. The kernels of the lab: test/lab/drbd9.test.ts, where DRBD 9 is to be had.
 */
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

async function inUseOnN1(onNoQuorum: string): Promise<Story> {
  const story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  const option = 'DrbdOptions/Resource/on-no-quorum'
  await story.varve(`resource-group set-property pair ${option} ${onNoQuorum}`)
  await story.varve('resource-group spawn pair web 1G')
  await story.isWell('web')
  const n1 = story.machine('n1')
  await n1.opens('web')
  await n1.writes('web', 1, 'before')
  return story
}

test.concurrent('writes fail where quorum is lost, and go on where it is not', async () => {
  await using story = await inUseOnN1('io-error')
  const n1 = story.machine('n1')
  story.cutCables('n1')
  expect(await n1.cannotWrite('web', 2, 'alone')).toBe('Input/output error')
  await story.eventually('health', /web on n1 has no quorum/)

  const other = story.machine((await story.storedOn('web')).find((name) => name !== 'n1') ?? 'n2')
  await other.opens('web')
  await other.writes('web', 2, 'with the majority')
  n1.closes('web')
  story.mendCables()
  await story.isWell('web')
  expect(other.reads('web')).toBe('1=before 2=with the majority')
  expect(n1.reads('web')).toBe('1=before 2=with the majority')
})

test.concurrent('writes wait where it is so configured, and go through when quorum is back', async () => {
  await using story = await inUseOnN1('suspend-io')
  const n1 = story.machine('n1')
  story.cutCables('n1')
  expect(await n1.cannotWrite('web', 2, 'held back')).toBe('Operation would block')
  await story.eventually('health', /web on n1: I\/O is suspended \(quorum\)/)

  story.mendCables()
  await n1.writes('web', 2, 'held back')
  await story.isWell('web')
  expect(await story.varve('explain stuck web')).not.toMatch(/suspended/)
  for (const name of await story.storedOn('web')) {
    expect(story.machine(name).holds('web')).toBe('1=before 2=held back')
  }
})
