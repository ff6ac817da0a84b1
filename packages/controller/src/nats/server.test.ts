import { expect, it } from 'vitest'
import { parseAptSources } from './apt.ts'
import { renderConfig } from './embedded.ts'
import { compareVersions, findNatsServer } from './server.ts'

it('compares versions by number, not by letter', () => {
  expect(compareVersions('2.9.10', '2.12.0')).toBeLessThan(0)
  expect(compareVersions('2.15.1', '2.15.1')).toBe(0)
  expect(compareVersions('v2.15.1-beta.1', '2.15.0')).toBeGreaterThan(0)
})

it('does not replace a binary that somebody chose by another', async () => {
  const env = { NATS_SERVER: '/nowhere/nats-server' }
  await expect(findNatsServer({ env, log: () => {} })).rejects.toThrow('/nowhere/nats-server')
})

it('finds the Debian mirror in stanzas, past comments and other vendors', () => {
  const text = `Types: deb
URIs: https://packages.example.com/node
Suites: nodistro
Components: main

# The mirror of this site.
Types: deb deb-src
# http://old.example.org/debian
URIs: http://mirror.example.org/debian
 http://second.example.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example.org/debian
Suites: sid
Components: main`
  const signedBy = '/usr/share/keyrings/debian-archive-keyring.gpg'
  expect(parseAptSources([{ name: 'debian.sources', text }])).toEqual([
    { uri: 'http://mirror.example.org/debian', signedBy },
    { uri: 'http://second.example.org/debian', signedBy },
  ])
})

it('finds it in lines, with and without options', () => {
  const text = `# deb http://comment.example.org/debian bookworm main
deb cdrom:[Debian]/ bookworm main
deb-src http://mirror.example.org/debian bookworm main
deb http://mirror.example.org/debian bookworm main contrib
deb [arch=amd64 signed-by=/etc/key.gpg] https://tls.example.org/debian trixie main
deb http://ubuntu.example.org/ubuntu noble main`
  expect(parseAptSources([{ name: 'sources.list', text }])).toEqual([
    { uri: 'http://mirror.example.org/debian', signedBy: undefined },
    { uri: 'https://tls.example.org/debian', signedBy: '/etc/key.gpg' },
  ])
  expect(parseAptSources([{ name: 'sources.list.save', text }])).toEqual([])
})

it('always syncs, whatever else is configured', () => {
  const config = renderConfig({
    server: { path: 'nats-server', version: '2.15.1' },
    dataDir: '/var/lib/varve "x"',
    port: 4222,
    extra: 'accounts { A {} }',
  })
  expect(config).toContain('sync_interval: always')
  expect(config).toContain('port: 4222')
  expect(config).toContain('store_dir: "/var/lib/varve \\"x\\"/jetstream"')
  expect(config).toContain('accounts { A {} }')
})
