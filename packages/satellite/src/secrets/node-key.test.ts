import { expect, test } from 'vitest'
import { silent } from '../given-machine.ts'
import { recordedHost } from '../host/record.ts'
import { loadNodeKey, nodeKeyPath } from './node-key.ts'

const machine = () => recordedHost({ answer: () => undefined })

test('the key of a node is made once and stays across restarts', async () => {
  const host = machine()
  const first = await loadNodeKey(host, silent)
  const second = await loadNodeKey(host, silent)
  expect(second.publicKey).toBe(first.publicKey)
  expect(Buffer.from(first.publicKey, 'base64')).toHaveLength(32)
})

test('a lost or damaged key is replaced by a new one', async () => {
  const host = machine()
  const first = await loadNodeKey(host, silent)
  await host.writeFile(nodeKeyPath, 'rubbish')
  const second = await loadNodeKey(host, silent)
  expect(second.publicKey).not.toBe(first.publicKey)
  expect((await loadNodeKey(host, silent)).publicKey).toBe(second.publicKey)
})
