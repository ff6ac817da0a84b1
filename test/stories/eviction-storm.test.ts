/**
 * Half a day is over, and three times nobody is evicted who should not be: half of the nodes are
 * away at once, which is the network; a node that lives on, only without its satellite; and the
 * next one while the first is not over. What is done and what is not stands in the log.
 * Simulator, on a clock that is put forward.
 */
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

const halfADayMs = 12 * 60 * 60_000
const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']

/** Three pairs: on n1 and n2, on n3 and n4, on n5 and n6. */
async function threePairs(now: () => number): Promise<Story> {
  const story = await tell({ nodes, controller: { now } })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  for (const [name, where] of [
    ['web', 'n1,n2'],
    ['db', 'n3,n4'],
    ['log', 'n5,n6'],
  ]) {
    await story.varve(`resource-group spawn pair ${name} 1G --nodes ${where}`)
  }
  for (const name of ['web', 'db', 'log']) await story.isWell(name)
  return story
}

const isUnseen = (story: Story, node: string) =>
  story.eventually(`history node/${node}`, new RegExp(`nobody has word of node ${node}`))

test.concurrent('half of the cluster is away: nobody is evicted, and it is said why', async () => {
  let later = 0
  await using story = await threePairs(() => Date.now() + later)
  for (const node of ['n1', 'n3', 'n5']) await story.machine(node).losesPower()
  for (const node of ['n1', 'n3', 'n5']) await isUnseen(story, node)
  later = 3 * halfADayMs
  for (const node of ['n1', 'n3', 'n5']) {
    await story.eventually(
      'proposals',
      new RegExp(`auto-evict +evict node ${node}.* 3 of 6 nodes are away at once`),
    )
  }
  later += 2 * 60_000
  await story.eventually('health', /auto-evict.*3 of 6 nodes are away at once/)
  expect(await story.varve('node list')).not.toMatch(/evict/i)
  for (const name of ['web', 'db', 'log']) expect(await story.storedOn(name)).toHaveLength(2)

  // The switch is mended: all is as it was, and no proposal stays.
  for (const node of ['n1', 'n3', 'n5']) await story.machine(node).comesBack()
  for (const name of ['web', 'db', 'log']) await story.isWell(name)
  await story.eventually('proposals', /^(?!.*auto-evict)/s)
  expect(await story.storedOn('web')).toEqual(['n1', 'n2'])
})

test.concurrent('a satellite that stands still is no dead node', async () => {
  let later = 0
  await using story = await threePairs(() => Date.now() + later)
  await story.simulated.stopSatellite('n1')
  await story.eventually('node list', /n1 .*offline/)
  later = 3 * halfADayMs
  // Its peers see it all the time, so nobody has counted.
  await story.machine('n2').opens('web')
  await story.machine('n2').writes('web', 1, 'on both')
  expect(story.machine('n1').holds('web')).toBe('1=on both')
  await story.varve('resource-group spawn pair new 1G --nodes n3,n4')
  expect(await story.varve('node list')).not.toMatch(/evict/i)
  expect(await story.varve('proposals --all')).not.toMatch(/auto-evict/)
})

test.concurrent('one after the other: the next eviction waits until the first is over', async () => {
  let later = 0
  await using story = await tell({ nodes, controller: { now: () => Date.now() + later } })
  await story.varve('resource-group create three --place-count 3 --storage-pool thin')
  await story.varve('resource-group spawn three web 1G --nodes n1,n2,n3')
  await story.varve('resource-group spawn three db 1G --nodes n4,n5,n6')
  for (const name of ['web', 'db']) await story.isWell(name)
  const faults = nodes.map((node) =>
    story.simulated.world
      .host(node)
      .fault({ argv: ['lvcreate'], effect: { kind: 'fail', code: 5, stderr: 'disk is busy' } }),
  )
  await story.machine('n1').losesPower()
  await isUnseen(story, 'n1')
  later = halfADayMs + 60_000
  const stuck = await story.eventually('explain stuck web', /waits for n\d to get all data of web/)
  const target = /waits for (n\d) to get/.exec(stuck)?.[1]
  const next = ['n4', 'n5', 'n6'].find((node) => node !== target) ?? ''
  await story.machine(next).losesPower()
  await isUnseen(story, next)
  later += halfADayMs + 60_000
  const emptiedFirst = new RegExp(`evict node ${next}.* node n1 is being emptied first`)
  await story.eventually('proposals', emptiedFirst)
  expect(await story.varve('node list')).not.toMatch(new RegExp(`${next} .*evict`))

  for (const isMended of faults) isMended()
  await story.eventually('explain stuck web', /waits for n1 \(offline .*to remove web/)
  // It looks again every minute.
  later += 60_000
  await story.eventually(`history node/${next}`, /auto-evict .*node.auto-evict/)

  // Whoever returns takes part again, by itself.
  await story.machine('n1').comesBack()
  await story.eventually('history node/n1', /auto-evict .*node.restore/)
  await story.machine(next).comesBack()
  await story.eventually(`history node/${next}`, /auto-evict .*node.restore/)
  for (const name of ['web', 'db']) await story.isWell(name)
})
