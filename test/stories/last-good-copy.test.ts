/**
 * There is one good copy left, and somebody in a hurry: it cannot be deleted with its node, taken
 * off its node, evacuated before its time, rolled back or overwritten; what it would take to lose
 * it is said and recorded. Simulator.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('the last good copy goes by a recorded waiver only', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  const [n1, n2] = [story.machine('n1'), story.machine('n2')]
  for (const name of ['web', 'db']) {
    await story.varve(`resource-definition create ${name}`)
    await story.varve(`volume-definition create ${name} 1G`)
    await story.varve(`resource create ${name} n1 n2 --storage-pool thin`)
  }
  await story.varve('snapshot create db monday')
  await n2.opens('web')
  await n2.writes('web', 1, 'before')

  // n1 is away, and old by what is written meanwhile: n2 has the only good copy.
  await n1.losesPower()
  await n2.writes('web', 2, 'only here')
  n2.closes('web')
  await story.eventually('node list', /n1 .*offline/i)

  expect(await story.refused('resource delete web n2')).toMatch(
    /last UpToDate copy of web.*Node n1 is offline, so what it has may be old/s,
  )
  expect(await story.refused('node delete n2')).toMatch(/snapshot monday/)
  expect(await story.refused('node lost n2')).toMatch(/online|connected/)
  expect(await story.refused('storage-pool delete n2 thin')).toMatch(/web|in use|used/)
  expect(await story.refused('resource toggle-disk web n2 --to diskless')).toMatch(
    /last|only|UpToDate/,
  )
  // Nothing is written over it: not by an older snapshot, another volume, or a smaller size.
  expect(await story.refused('snapshot rollback db monday')).toMatch(/n1/)
  expect(await story.refused('snapshot restore db monday web')).toMatch(/web/)
  expect(await story.refused('resource-definition clone web web')).toMatch(/web/)
  const shrunk = 'volume-definition resize web 0 512M --accept-data-loss'
  expect(await story.refused(shrunk)).toMatch(/DRBD/)
  expect(n2.holds('web')).toBe('1=before 2=only here')

  // The node may be emptied, but the copy stays until another one has all of it.
  const isMended = story.simulated.world
    .host('n3')
    .fault({ argv: ['lvcreate'], effect: { kind: 'fail', code: 5, stderr: 'disk is busy' } })
  await story.varve('node evacuate n2 --async')
  await story.eventually('explain stuck web', /n3 .*to get all data of web/)
  expect(n2.holds('web')).toBe('1=before 2=only here')
  isMended()
  await story.eventually('resource list --resource web', /web +n3 +diskful .*UpToDate/)
  expect(story.machine('n3').holds('web')).toBe('1=before 2=only here')
  expect(await story.refused('resource delete web n3')).toMatch(/last UpToDate copy of web/)

  // Whoever means it says so, and it stands in the log for ever.
  await story.varve('resource delete web n3 --accept-data-loss --async --reason "we have a backup"')
  expect(await story.varve('log list')).toMatch(/we have a backup/)
})
