import type { EventOf } from '@varve/events'
import { expect, test } from 'vitest'
import { policyProblems } from '../health/policies.ts'
import { exampleStory } from '../testing/example.ts'
import { policyRows, proposalRow } from '../views/policy.ts'
import { stuckPolicies } from './stuck-policies.ts'

const about = 'resource-definition/web' as const
const wish: EventOf<'proposal.made'> = {
  type: 'proposal.made',
  policy: 're-place',
  about,
  commands: [{ type: 'replica.re-place', args: { definition: 'web' } }],
  wish: 'place a replica of web instead of what was lost',
}
const held = 'no good copy of it is online'

test('a policy that stands down is explained, with what a person can do instead', () => {
  const story = exampleStory()
  story.tell('proposal.make', [{ ...wish, held }])
  const sight = story.world()
  const [found] = stuckPolicies(sight, 'resource-definition/WEB')
  expect(found?.sentence).toBe(
    'Policy re-place would place a replica of web instead of what was lost, but no good copy of it is online.',
  )
  expect(found?.waysOut).toContain('To do it all the same: varve resource auto-place web')
  expect(stuckPolicies(sight, 'node/n1')).toEqual([])
  expect(policyRows(sight).find(({ policy }) => policy === 're-place')?.proposals).toBe(1)
})

test('health warns of it only when it lasts, and never of what is in shadow', () => {
  const story = exampleStory()
  story.tell('proposal.make', [{ ...wish, policy: 'balance' }])
  story.tell('proposal.make', [{ ...wish, held }])
  const sight = story.world()
  const at = sight.state.position.at
  expect(policyProblems({ ...sight, now: at + 59_000 })).toEqual([])
  const later = policyProblems({ ...sight, now: at + 120_000 })
  expect(later.map(({ subject, sentence }) => [subject, sentence])).toEqual([
    [about, `Policy re-place would ${wish.wish}, but for 2 minutes ${held}.`],
  ])
  expect(stuckPolicies(sight)).toHaveLength(1)
})

test('a proposal tells what has come of it since', () => {
  const story = exampleStory()
  story.tell('proposal.make', [wish])
  const open = () => {
    const sight = story.world()
    const [row] = sight.state.proposals.values()
    if (!row) throw new Error('a wish has been told')
    return proposalRow({ ...sight, now: row.origin.at + 3 * 3_600_000 }, row)
  }
  expect(open()).toMatchObject({ isOpen: true, since: 'it would be done for 3 hours now' })
  const outcome = 'there is no need of it any more'
  story.tell('proposal.close', [{ type: 'proposal.closed', policy: 're-place', about, outcome }])
  expect(open().isOpen).toBe(false)
  expect(open().since).toMatch(/^over after \d+ seconds?: there is no need of it any more$/)
})
