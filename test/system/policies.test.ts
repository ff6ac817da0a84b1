/** Policies on machines: what they go by, and what comes of what they decide. */
import { expect, test } from 'vitest'
import { tell } from '../stories/story.ts'
import { until } from './harness.ts'

test('a node whose satellite is away is still seen by its peers, one without power by nobody', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  await story.varve('resource-group spawn pair web 1G --nodes n1,n2')
  await story.isWell('web')
  await story.simulated.stopSatellite('n1')
  await story.eventually('node list', /n1 .*offline/)
  await story.machine('n2').losesPower()
  // Its own peer is away by now, and n3, the tie-breaker, has lost it as well.
  await story.eventually('history node/n2', /nobody has word of node n2/)
  expect(await story.varve('history node/n1')).not.toMatch(/nobody has word of node n1/)

  await story.machine('n1').losesPower()
  await story.eventually('history node/n1', /nobody has word of node n1/)
  // Two of three at once are the network, so nobody is evicted; and half a day is not over yet.
  expect(await story.varve('node list')).not.toMatch(/evict/i)
})

test('a digest that all kernels have is chosen, and DRBD is told to verify by it', async () => {
  await using story = await tell({
    nodes: ['n1', 'n2', 'n3'],
    host: (node) => ({ digests: node === 'n2' ? ['sha1', 'crc32c'] : ['crct10dif', 'crc32c'] }),
  })
  expect(await story.varve('policy list')).toMatch(/auto-verify-algo +on/)
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  await story.varve('resource-group spawn pair web 1G --nodes n1,n2')
  await story.isWell('web')
  const configOn = (node: string) =>
    story.simulated.world.host(node).machine.files.get('/var/lib/varve.d/web.res')?.text ?? ''
  expect(configOn('n1')).toMatch(/verify-alg "?crc32c/)
  expect(await story.varve('history resource-definition/web')).toMatch(
    /auto-verify-algo +verify-algorithm.manage .*crc32c/,
  )
  await story.varve('resource-definition set-property web DrbdOptions/Net/verify-alg sha1')
  await story.isWell('web')
  await until('n2 has taken it over', () => /verify-alg "?sha1/.test(configOn('n2')) || undefined)
})
