import { expect, test } from 'vitest'
import { drbdHost, drbdVolume, replicated } from '../../given.ts'
import { renderConfig } from './config.ts'
import type { DrbdDocument } from './steps.ts'

const devices = new Map([[0, '/dev/vg0/web_00000']])

function document(): DrbdDocument {
  const base = replicated({
    volumes: [drbdVolume({ disk: { 'rs-discard-granularity': '65536' } })],
  })
  const { drbd } = base
  if (!drbd) throw new Error('the fixture has a DRBD part')
  return {
    ...base,
    drbd: {
      ...drbd,
      net: { protocol: 'C', 'cram-hmac-alg': 'sha1', 'shared-secret': 'a "b" \\c' },
      disk: { 'c-max-rate': '4M' },
      handlers: { 'quorum-lost': '/usr/bin/logger "quorum lost"' },
      peers: [
        { ...drbdHost(2, { port: 7001 }), net: { 'ping-int': '3' }, disk: { 'c-min-rate': '1M' } },
        { ...drbdHost(3, { kind: 'tie-breaker', address: 'fd00::3' }), net: {}, disk: {} },
      ],
    },
  }
}

test('DRBD 9: our connections only, local host first, strings quoted', async () => {
  const text = renderConfig({ document: document(), devices, is84: false })
  await expect(text).toMatchFileSnapshot('testdata/golden-9.res')
})

test('two diskless hosts have no connection to each other', () => {
  const base = document()
  const self = drbdHost(1, { kind: 'client' })
  const text = renderConfig({
    document: { ...base, drbd: { ...base.drbd, self } },
    devices: new Map(),
    is84: false,
  })
  expect(text.match(/connection \{/g)).toHaveLength(1)
  expect(text).not.toContain('on "n3" {')
  expect(text).toContain('disk none;')
})

test('DRBD 8.4: two hosts with their addresses, and only what it knows', async () => {
  const base = document()
  const [peer] = base.drbd.peers
  const two = { ...base, drbd: { ...base.drbd, peers: peer ? [peer] : [] } }
  const text = renderConfig({ document: two, devices, is84: true })
  await expect(text).toMatchFileSnapshot('testdata/golden-8.4.res')
})

test('an option that would break out of its line is left out', () => {
  const base = document()
  const net = { protocol: 'C;\n}\nevil', 'x y': '1', 'max-buffers': '8000' }
  const text = renderConfig({
    document: { ...base, drbd: { ...base.drbd, net } },
    devices,
    is84: false,
  })
  expect(text).not.toContain('evil')
  expect(text).not.toContain('x y')
  expect(text).toContain('max-buffers 8000;')
})
