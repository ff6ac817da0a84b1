import { expect, test } from 'vitest'
import { answerQuery } from '../query.ts'
import { exampleStory } from '../testing/example.ts'
import { escaped, timelinePage } from './html.ts'
import type { Timeline } from './timeline.ts'

async function timeline(args: object): Promise<Timeline> {
  const outcome = await answerQuery(exampleStory().world(), 'timeline', args)
  if (!outcome.ok) throw new Error(outcome.refusal.refused)
  return outcome.data as Timeline
}

test('causes stand before their effects, which are told as deep as they are caused', async () => {
  const { rows, isWhole } = await timeline({ object: 'web' })
  expect(isWhole).toBe(true)
  const told = rows.map(({ sequence, depth, nodes, good }) => ({ sequence, depth, nodes, good }))
  expect(told).toEqual([
    { sequence: 12, depth: 0, nodes: [], good: 0 },
    { sequence: 13, depth: 0, nodes: ['n1', 'n2'], good: 0 },
    { sequence: 14, depth: 1, nodes: ['n3'], good: 0 },
    { sequence: 15, depth: 0, nodes: ['n1'], good: 1 },
    { sequence: 16, depth: 0, nodes: ['n2'], good: 2 },
  ])
})

test('the newest are told when there are more than asked for', async () => {
  const { rows, isWhole } = await timeline({ object: 'web', limit: 2 })
  expect({ sequences: rows.map((row) => row.sequence), isWhole }).toEqual({
    sequences: [15, 16],
    isWhole: false,
  })
})

test('the page has a mark for each entry and node, and needs nothing from elsewhere', async () => {
  const page = timelinePage(await timeline({ object: 'web' }))
  expect(page.match(/<circle /g)).toHaveLength(6)
  expect(page.match(/stroke-dasharray/g)).toHaveLength(1)
  expect(page).toContain('<polyline')
  expect(page).not.toMatch(/<script|src=|href=|@import|url\(/)
})

test('what people wrote is text and nothing else', async () => {
  const told = await timeline({ object: 'web' })
  const evil = `</title><script>alert(1)</script>"' onload='x`
  const rows = told.rows.map((row) => ({
    ...row,
    summary: evil,
    reason: evil,
    nodes: [evil],
    actor: { ...row.actor, name: evil },
  }))
  const page = timelinePage({ ...told, object: evil, rows })
  expect(page).not.toContain('<script')
  expect(page).not.toContain(`' onload`)
  expect(escaped(`<a href="x">&'`)).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&#39;')
})
