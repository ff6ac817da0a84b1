/**
 * There is one good copy left, and somebody in a hurry: it cannot be deleted with its node, taken
 * off its node, rolled back or overwritten; what it would take to lose it is said and recorded.
 * Simulator.
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
  expect(await story.refused('snapshot rollback db monday')).toMatch(/n1/)
  expect(await story.refused('snapshot restore db monday web')).toMatch(/web/)
  expect(await story.refused('resource-definition clone web web')).toMatch(/web/)
  expect(n2.holds('web')).toBe('1=before 2=only here')

  // Whoever means it says so, and it stands in the log for ever.
  await story.varve('resource delete web n2 --accept-data-loss --async --reason "we have a backup"')
  expect(await story.varve('log list')).toMatch(/we have a backup/)
})
