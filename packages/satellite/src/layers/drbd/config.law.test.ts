import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DrbdHost, DrbdPath, Props, ResourceKind } from '@varve/events'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drbdVolume, replicated } from '../../given.ts'
import { renderConfig } from './config.ts'
import type { DrbdDocument } from './steps.ts'

/** The parsers themselves judge; they need no kernel module for `sh-nop`. */
const drbdadm = { 9: '/usr/sbin/drbdadm', 84: '/lib/drbd/drbdadm-84' } as const

const name = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9_-]{1,46}$/)
  .filter((n) => !/^(all|proxy)$/i.test(n))
const secret = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' })

const net: fc.Arbitrary<Props> = fc.record(
  {
    protocol: fc.constantFrom('A', 'B', 'C'),
    'ping-int': fc.integer({ min: 1, max: 120 }).map(String),
    timeout: fc.integer({ min: 1, max: 600 }).map(String),
    'max-buffers': fc.integer({ min: 32, max: 131072 }).map(String),
    'cram-hmac-alg': fc.constantFrom('sha1', 'sha256'),
    'shared-secret': secret,
    'verify-alg': fc.constantFrom('crc32c', 'sha1'),
    'allow-two-primaries': fc.constantFrom('yes', 'no'),
    'after-sb-0pri': fc.constantFrom('disconnect', 'discard-zero-changes'),
    'rr-conflict': fc.constantFrom('disconnect', 'retry-connect'),
    fencing: fc.constantFrom('dont-care', 'resource-only'),
  },
  { requiredKeys: [] },
)
const peerDisk: fc.Arbitrary<Props> = fc.record(
  {
    'c-max-rate': fc.integer({ min: 250, max: 4194304 }).map(String),
    'c-min-rate': fc.constantFrom('250k', '1M', '0'),
    'c-plan-ahead': fc.integer({ min: 0, max: 300 }).map(String),
  },
  { requiredKeys: [] },
)
const disk: fc.Arbitrary<Props> = fc.record(
  {
    'on-io-error': fc.constantFrom('detach', 'pass_on'),
    'al-extents': fc.integer({ min: 67, max: 65534 }).map(String),
    'disk-flushes': fc.constantFrom('yes', 'no'),
    'rs-discard-granularity': fc.constantFrom('0', '65536', '1048576'),
    'discard-zeroes-if-aligned': fc.constantFrom('yes', 'no'),
  },
  { requiredKeys: [] },
)
const options: fc.Arbitrary<Props> = fc.record(
  {
    quorum: fc.constantFrom('majority', 'off', 'all', '1', '3'),
    'on-no-quorum': fc.constantFrom('io-error', 'suspend-io'),
    'auto-promote': fc.constantFrom('yes', 'no'),
    'on-no-data-accessible': fc.constantFrom('io-error', 'suspend-io'),
  },
  { requiredKeys: [] },
)
const handlers: fc.Arbitrary<Props> = fc.record(
  { 'split-brain': fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' }) },
  { requiredKeys: [] },
)

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((a) => !a.includes('.')),
)
/** Paths of one connection lead to different addresses. */
const paths = fc.uniqueArray(fc.record({ self: address, peer: address }), {
  maxLength: 3,
  selector: ({ peer }) => peer,
})

type Host = {
  address: string
  port: number
  kind: ResourceKind
  net: Props
  disk: Props
  paths: DrbdPath[]
}
const kind = fc.constantFrom<ResourceKind>('diskful', 'diskless', 'tie-breaker', 'client')
const host = (kinds: fc.Arbitrary<ResourceKind>): fc.Arbitrary<Host> =>
  fc.record({
    address,
    port: fc.integer({ min: 1, max: 65535 }),
    kind: kinds,
    net,
    disk: peerDisk,
    paths,
  })

function documentOf(
  resource: string,
  hosts: readonly Host[],
  parts: { options: Props; net: Props; disk: Props; handlers: Props },
  volumes: number,
): DrbdDocument {
  const drbdHosts = hosts.map((h, i) => {
    const common: DrbdHost = {
      node: `n${i}`,
      // drbdadm looks for itself among the hosts, so the local one is this machine in no test.
      uname: `host-${i}.example`,
      nodeId: i,
      address: h.address,
      port: h.port,
      kind: h.kind,
    }
    return { ...common, net: h.net, disk: h.disk, paths: h.paths }
  })
  const [self, ...peers] = drbdHosts
  if (!self) throw new Error('at least one host')
  const base = replicated({
    resource,
    volumes: Array.from({ length: volumes }, (_, i) => ({
      ...drbdVolume({ minor: 1000 + i }),
      number: i * 7,
    })),
  })
  const common = { peerSlots: 7, forget: [], ...parts }
  return { ...base, drbd: { ...common, self, peers } }
}

const parts = fc.record({ options, net, disk, handlers })

/** One start of drbdadm costs 40 ms: each run hands it this many resources in one file. */
const batch = 10

const laws = [
  { version: 9 as const, hosts: fc.array(host(kind), { minLength: 1, maxLength: 6 }) },
  {
    version: 84 as const,
    hosts: fc.array(host(fc.constant<ResourceKind>('diskful')), { minLength: 2, maxLength: 2 }),
  },
]

/** Names, minors and ports must differ within a file, as they do on a node. */
function distinct(document: DrbdDocument, index: number): DrbdDocument {
  const port = (host: { port: number }) => 1000 * (index + 1) + (host.port % 1000)
  const { drbd } = document
  return {
    ...document,
    resource: `${document.resource.slice(0, 40)}-${index}`,
    volumes: document.volumes.map((volume) => ({
      ...volume,
      ...(volume.drbd ? { drbd: { ...volume.drbd, minor: volume.drbd.minor + 10 * index } } : {}),
    })),
    drbd: {
      ...drbd,
      self: { ...drbd.self, port: port(drbd.self) },
      peers: drbd.peers.map((peer) => ({ ...peer, port: port(peer) })),
    },
  }
}

function textOf(document: DrbdDocument, is84: boolean): string {
  const devices = new Map(
    document.volumes.map((v) => [v.number, `/dev/vg0/${document.resource}_${v.number}`]),
  )
  return renderConfig({ document, devices, is84 })
}

for (const { version, hosts } of laws) {
  const program = drbdadm[version]
  const document = fc
    .tuple(name, hosts, parts, fc.integer({ min: 1, max: 3 }))
    .map(([resource, all, rest, volumes]) => {
      const unique = [...new Map(all.map((h) => [h.address, h])).values()]
      return { count: unique.length, document: documentOf(resource, unique, rest, volumes) }
    })
    .filter(({ count }) => version === 9 || count === 2)
  // Skipped aloud where drbd-utils is not installed.
  describe.skipIf(!existsSync(program))(`${program} reads whatever we write`, () => {
    let directory = ''
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'varve-drbd-'))
    })
    afterAll(() => rmSync(directory, { recursive: true, force: true }))

    test(`for any documents of DRBD ${version}`, () => {
      const path = join(directory, 'candidate.res')
      const documents = fc.array(document, { minLength: batch, maxLength: batch })
      fc.assert(
        fc.property(documents, (all) => {
          const texts = all.map((item, i) => textOf(distinct(item.document, i), version === 84))
          writeFileSync(path, texts.join('\n'))
          const argv = ['--config-file', path, 'sh-nop']
          const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8' })
          expect(stderr.replaceAll(/^modinfo.*\n/gm, '')).toBe('')
          expect(status).toBe(0)
        }),
        { numRuns: 40 },
      )
    }, 60_000)
  })
}
