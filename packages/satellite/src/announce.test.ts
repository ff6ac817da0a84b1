import { type ObservedNode, subjectsOf } from '@varve/events'
import { expect, test } from 'vitest'
import { createAnnouncer } from './announce.ts'
import { recordedHost } from './host/record.ts'

/** A machine whose `thin_check` answers or is too slow to, and what it has told. */
function machine() {
  const told: ObservedNode[] = []
  let isSlow = true
  let asked = 0
  const host = recordedHost({
    answer: ([tool]) => {
      if (tool === 'lvm') return { stdout: '  LVM version:     2.03.16(2)\n' }
      if (tool !== 'thin_check') return undefined
      asked += 1
      return isSlow ? { timedOut: true } : { stdout: '0.9.0\n' }
    },
  })
  const announcer = createAnnouncer(
    { host, node: 'n1' },
    {
      // What it tells is a message of the node.
      publisher: { offer: (_subject, message) => void told.push(message as ObservedNode) },
      subjects: subjectsOf('test'),
      source: () => ({ v: 1, node: 'n1', boot: 'b', at: 0 }),
      key: { publicKey: 'key' },
    },
  )
  return {
    announcer,
    told,
    asked: () => asked,
    calm: () => {
      isSlow = false
    },
  }
}

test('a tool that was too slow to answer is asked again, until it has said what it is', async () => {
  const { announcer, told, asked, calm } = machine()
  await announcer.announce()
  expect(told.at(-1)?.capabilities.providers.LVM_THIN).toMatchObject({ able: false })
  await announcer.refresh()
  expect(asked()).toBe(2)
  calm()
  await announcer.refresh()
  expect(told.at(-1)?.capabilities.providers.LVM_THIN).toEqual({
    able: true,
    version: '2.03.16(2)',
  })
  await announcer.refresh()
  expect(asked()).toBe(3)
})
