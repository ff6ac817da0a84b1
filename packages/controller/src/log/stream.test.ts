import { expect, it } from 'vitest'
import { differences, streamConfigs } from './stream.ts'

const [log] = streamConfigs({ cluster: 'c', replicas: 3 })
if (log === undefined) throw new Error('there is a stream for the log')

it('what the server leaves out is off', () => {
  const { sealed, allow_msg_ttl, max_age, ...echoed } = log
  expect(differences(log, echoed)).toEqual([])
})

it('a log that could lose entries is not as it must be', () => {
  expect(differences(log, { ...log, deny_purge: false })).toEqual([
    { setting: 'deny_purge', is: false, must: true },
  ])
  expect(differences(log, { ...log, max_age: 60 })).toEqual([
    { setting: 'max_age', is: 60, must: 0 },
  ])
})

it('more copies than asked for are fine, fewer are not', () => {
  expect(differences(log, { ...log, num_replicas: 5 })).toEqual([])
  expect(differences(log, { ...log, num_replicas: 1 })).toHaveLength(1)
})
