/**
 * A node is emptied, and in the middle of it the controller is gone. Another one goes on where it
 * stopped; nothing is less redundant at any time, and what is open goes last. Simulator.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('another controller empties the node on, and the volume in use stays in use', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  for (const name of ['web', 'db']) {
    await story.varve(`resource-group spawn pair ${name} 1G --nodes n1,n2`)
    await story.isWell(name)
  }
  const [n1, n3] = [story.machine('n1'), story.machine('n3')]
  await n1.opens('db')
  await n1.writes('db', 1, 'before')

  expect(await story.varve('node evacuate n1 --plan')).toMatch(/n3/)
  // n3 cannot make a volume for now: that is the moment at which the controller dies.
  const isMended = story.simulated.world
    .host('n3')
    .fault({ argv: ['lvcreate'], effect: { kind: 'fail', code: 5, stderr: 'disk is busy' } })
  await story.varve('node evacuate n1 --async --reason "its fans are loud"')
  await story.eventually('explain stuck db', /disk is busy/)
  await story.restartController()
  expect(await story.varve('operation list')).toMatch(/evacuat.*n1/)
  expect(await story.storedOn('db')).toContain('n1')
  // The same wish again is the same operation.
  await story.varve('node evacuate n1 --async')
  expect((await story.varve('operation list')).match(/evacuate-node/g)).toHaveLength(1)
  isMended()

  await story.eventually('explain stuck db', /to let go of db, which is open \(Primary\) there/)
  await n1.writes('db', 2, 'in use all the time')
  expect(n3.holds('db')).toBe('1=before 2=in use all the time')
  await story.restartController()
  await n1.writes('db', 3, 'until the last moment')
  n1.closes('db')
  await story.eventually('node list', /n1 .*evacuated/)
  expect(n1.logicalVolumes()).toEqual(['thin'])
  for (const name of ['web', 'db']) expect(await story.storedOn(name)).toEqual(['n2', 'n3'])
  expect(n3.holds('db')).toBe('1=before 2=in use all the time 3=until the last moment')
  expect(await story.varve('history node/n1')).toMatch(/its fans are loud/)
})
