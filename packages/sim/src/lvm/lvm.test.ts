import { expect, test } from 'vitest'
import { manualClock } from '../clock.ts'
import { readTranscript } from '../transcript.ts'
import { createWorld } from '../world.ts'

/** What differs from run to run, and the small print about over-provisioning. */
const plain = (text: string) =>
  text
    .replaceAll(/[0-9A-Za-z]{6}(-[0-9A-Za-z]{4}){5}-[0-9A-Za-z]{6}/g, 'UUID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/"lv_kernel_minor":"\d+"/g, '"lv_kernel_minor":"N"')
    .replaceAll(/"pv_uuid":"[^"]*"/g, '"pv_uuid":"UUID"')
    .replaceAll(/"metadata_percent":"\d[^"]*"/g, '"metadata_percent":"P"')
    .replaceAll(/ and the (amount of free space in|size of whole) volume group \([^)]*\)/g, '')
    .replaceAll(/\b\d\d\.\d\d( {26}|;64\.00)/g, 'P$1')

test('every answer of lvm2 2.03.16 in a session on one disk of 1 GiB is given in the same words', async () => {
  const gib = 1024 * 1024
  const { host } = createWorld({ clock: manualClock() }).addHost({
    name: 'n1',
    disks: [
      { name: 'ubdb', sizeKib: gib },
      { name: 'ubdc', sizeKib: gib },
    ],
  })
  for (const { argv, stdout, stderr, code } of readTranscript('lvm2-2.03.16.txt')) {
    const found = await host.run(argv)
    const said = (out: string, error: string, exit: number | undefined) =>
      `$ ${argv.join(' ')}\n${plain(out)}${plain(error)}rc=${exit}`
    expect(said(found.stdout, found.stderr, found.exitCode)).toBe(said(stdout, stderr, code))
  }
})
