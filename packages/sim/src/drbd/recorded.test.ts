import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Cluster, cluster } from '../given.ts'

const recorded = (name: string) =>
  readFileSync(new URL(`../testdata/drbd9/${name}`, import.meta.url), 'utf8')

/** Counters differ from run to run; forms, states and their order do not. */
const counters =
  /\b(read|written|al-writes|bm-writes|received|sent|ap-in-flight|upper-pending|pending|unacked|out-of-sync|percent-in-sync)("?: ?)[\d.]+/g
const plain = (text: string) =>
  text
    .replaceAll(counters, '$1$2N')
    // The real one leaves these out now and then.
    .replaceAll(/\s+"?ap-in-flight"?: ?N,?\s+"?rs-in-flight"?: ?\d+,?/g, '')
    // Where a line is broken depends on how many digits the counters have.
    .replaceAll(/\s+/g, ' ')

const forms = {
  'status.txt': ['status'],
  'status-verbose-statistics.txt': ['status', '--verbose', '--statistics'],
  'status.json': ['status', '--json'],
  'events2-now-full-statistics.txt': ['events2', '--now', '--full', '--statistics'],
} as const

async function expectRecorded(each: Cluster, step: string, hosts = each.hosts): Promise<void> {
  for (const host of hosts) {
    for (const [form, args] of Object.entries(forms)) {
      const found = await each.tool(host, 'drbdsetup', ...args)
      const name = `${step}.${host.name}.${form}`
      expect(`${name}\n${plain(found)}`).toBe(`${name}\n${plain(recorded(name))}`)
    }
  }
}

async function up(): Promise<Cluster> {
  const each = cluster(3)
  for (const [at, host] of each.hosts.entries()) {
    await host.host.writeFile('/etc/drbd.d/r0.res', recorded('r0-tiebreaker.res'))
    if (at < 2) {
      await each.tool(
        host,
        'lvcreate',
        '-y',
        '-V',
        '204M',
        '--thinpool',
        'thin',
        '-n',
        'r0_00000',
        'vg0',
      )
      await each.tool(host, 'lvcreate', '-y', '-L', '8M', '-n', 'r0_00000.meta', 'vg0')
      await each.tool(host, 'drbdadm', '--max-peers', '7', '--', '--force', 'create-md', 'r0')
    }
    await each.tool(host, 'drbdadm', 'up', 'r0')
  }
  each.clock.advance(1000)
  return each
}

test('a run that was recorded on DRBD 9.2.18 goes the same way, in all forms of output', async () => {
  const each = await up()
  const [n1, n2, n3] = each.hosts
  if (!n1 || !n2 || !n3) throw new Error('three hosts')
  await expectRecorded(each, '01-up-inconsistent')

  await each.tool(n1, 'drbdadm', '--', '--clear-bitmap', 'new-current-uuid', 'r0/0')
  await expectRecorded(each, '02-clear-bitmap')

  expect(n3.open('r0')).toBeUndefined()
  await expectRecorded(each, '05-diskless-primary')
  n3.close('r0')

  expect(n1.open('r0')).toBeUndefined()
  await expectRecorded(each, '06-primary-n1')

  each.world.network.cut('n1')
  each.clock.advance(1000)
  // The others were recorded before they had noticed.
  await expectRecorded(each, '07-quorum-lost', [n1])

  expect(n2.open('r0')).toBeUndefined()
  expect(n2.write('r0', 1, 'written by n2')).toBeUndefined()
  await expectRecorded(each, '08-n2-primary-quorum')

  each.world.network.heal()
  each.clock.advance(1000)
  await expectRecorded(each, '09-after-heal')

  await each.tool(n1, 'drbdsetup', 'secondary', '--force', 'r0')
  n1.close('r0')
  each.clock.advance(1000)
  await expectRecorded(each, '10-n1-rejoined')
  expect(n1.replica('r0')).toBe('1=written by n2')
})
