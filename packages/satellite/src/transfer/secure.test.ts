import { generateKeyPairSync } from 'node:crypto'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { nodeKeyOf } from '../secrets/node-key.ts'
import { secure } from './secure.ts'

const newNode = () => nodeKeyOf(generateKeyPairSync('x25519').privateKey)
const [sender, receiver, stranger] = [newNode(), newNode(), newNode()]

/** Both ends as the documents of operation `op` make them. */
async function meet(client: Buffer, identity = 'op') {
  const [here, there] = duplexPair()
  const wire: Buffer[] = []
  there.on('data', (piece: Buffer) => wire.push(piece))
  const server = secure('server', there, {
    identity: 'op',
    key: receiver.agree(sender.publicKey, 'op'),
  })
  const ends = await Promise.allSettled([secure('client', here, { identity, key: client }), server])
  return { ends, wire }
}

test('two nodes that know each other agree on one key for one operation, and nobody else has it', () => {
  const key = sender.agree(receiver.publicKey, 'op')
  expect(key).toHaveLength(32)
  expect(receiver.agree(sender.publicKey, 'op')).toEqual(key)
  expect(receiver.agree(sender.publicKey, 'another')).not.toEqual(key)
  expect(stranger.agree(receiver.publicKey, 'op')).not.toEqual(key)
  expect(receiver.agree(stranger.publicKey, 'op')).not.toEqual(key)
})

test('what is said arrives, and cannot be read on the way', async () => {
  const { ends, wire } = await meet(sender.agree(receiver.publicKey, 'op'))
  const [client, server] = ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined))
  if (!client || !server) throw new Error(JSON.stringify(ends))
  expect(server.getProtocol()).toBe('TLSv1.3')
  client.end('what nobody else shall know')
  expect((await buffer(server)).toString()).toBe('what nobody else shall know')
  expect(Buffer.concat(wire).length).toBeGreaterThan(100)
  expect(Buffer.concat(wire).includes('nobody else')).toBe(false)
  for (const end of [client, server]) end.destroy()
})

test.each([
  ['another key', stranger.agree(receiver.publicKey, 'op'), 'op'],
  ['the key of another operation', sender.agree(receiver.publicKey, 'before'), 'op'],
  ['another name', sender.agree(receiver.publicKey, 'op'), 'before'],
])('whoever comes with %s is turned away', async (_, key, identity) => {
  const { ends } = await meet(key, identity)
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
