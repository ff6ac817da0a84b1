import { expect, test } from 'vitest'
import { findCapabilities } from './capabilities.ts'
import { recordedHost } from './host/record.ts'

const moduleFile = '/sys/module/zfs/version'

/** A machine with these tools; `modprobe zfs` finds a module or not. */
function machine({ hasTools, hasModule }: { hasTools: boolean; hasModule: boolean }) {
  const host = recordedHost({
    answer: (argv) => {
      if (argv[0] === 'zfs') return hasTools ? { exitCode: 1 } : undefined
      if (argv.join(' ') !== 'modprobe zfs') return undefined
      if (hasModule) host.files.set(moduleFile, '2.1.11-1+deb12u1\n')
      return { exitCode: hasModule ? 0 : 1 }
    },
  })
  return host
}

test('ZFS: its module is loaded where its tools are, and only there', async () => {
  const able = machine({ hasTools: true, hasModule: true })
  const { providers } = await findCapabilities(able)
  expect(providers.ZFS).toEqual({ able: true, version: '2.1.11-1+deb12u1' })
  expect(providers.ZFS_THIN).toEqual(providers.ZFS)
  const bare = machine({ hasTools: false, hasModule: true })
  await findCapabilities(bare)
  expect(bare.commands).not.toContain('modprobe zfs')
})

test('ZFS: what is missing is said, with what would change it', async () => {
  const reason = async (what: { hasTools: boolean; hasModule: boolean }) => {
    const { ZFS } = (await findCapabilities(machine(what))).providers
    return ZFS?.able === false ? ZFS.reason : 'able'
  }
  expect(await reason({ hasTools: false, hasModule: false })).toBe(
    'there is no zfs on this machine: install zfsutils-linux',
  )
  expect(await reason({ hasTools: true, hasModule: false })).toBe(
    'no zfs kernel module is loaded and modprobe zfs found none: install zfs-dkms',
  )
})
