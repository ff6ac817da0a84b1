/** Finds out what this machine can do; every "no" comes with what a person can do about it. */
import type { Ability, Capabilities } from '@varve/events'
import { parseCrypto } from './digests.ts'
import type { CommandResult, Host } from './host/host.ts'
import { drbdVersion } from './inventory.ts'
import { findBcache } from './layers/bcache/ability.ts'
import { findCache } from './layers/cache/ability.ts'
import { drbdDirectory, includePath, includeText } from './layers/drbd/paths.ts'
import { findLuks } from './layers/luks/ability.ts'
import { findNvme } from './layers/nvme/ability.ts'
import { problemOf } from './storage/look.ts'

const lookMs = 10_000

/** Loads DRBD if there is one. An in-kernel 8.4 has no separate transport. */
export async function prepareDrbd(host: Host): Promise<void> {
  if ((await drbdVersion(host)) === undefined)
    await host.run(['modprobe', 'drbd'], { timeoutMs: lookMs })
  if ((await drbdVersion(host))?.startsWith('9.')) {
    await host.run(['modprobe', 'drbd_transport_tcp'], { timeoutMs: lookMs })
  }
  // Somebody else's file of that name stays: then `adjust` says that it knows no such resource.
  const isMissing = (await host.readFile(includePath)) === undefined
  if (isMissing && (await host.exists(drbdDirectory)))
    await host.writeFile(includePath, includeText)
}

export async function findCapabilities(host: Host): Promise<Capabilities> {
  const look = (...argv: string[]) => host.run(argv, { timeoutMs: lookMs })
  const [
    lvm,
    thinCheck,
    losetup,
    drbdadm,
    kernel,
    hasLoop,
    zfs,
    luks,
    writecache,
    cache,
    bcache,
    nvme,
    crypto,
  ] = await Promise.all([
    look('lvm', 'version'),
    look('thin_check', '-V'),
    look('losetup', '--version'),
    look('drbdadm', '--version'),
    drbdVersion(host),
    loadLoop(host),
    findZfs(host),
    findLuks(host),
    findCache(host, 'WRITECACHE'),
    findCache(host, 'CACHE'),
    findBcache(host),
    findNvme(host),
    host.readFile('/proc/crypto'),
  ])
  const lvmAble = ability(lvm, /LVM version:\s*(\S+)/, 'install lvm2')
  const fileAble = hasLoop
    ? ability(losetup, /util-linux\s+(\S+)/, 'install util-linux')
    : no('there is no loop kernel module: install one for the running kernel')
  const utils = ability(drbdadm, /DRBDADM_VERSION=(\S+)/, 'install drbd-utils')
  const thin = ability(thinCheck, /(\S+)/, 'install thin-provisioning-tools')
  return {
    providers: {
      LVM: lvmAble,
      LVM_THIN: lvmAble.able && !thin.able ? thin : lvmAble,
      FILE: fileAble,
      FILE_THIN: fileAble,
      ZFS: zfs,
      ZFS_THIN: zfs,
      DISKLESS: { able: true },
    },
    layers: {
      STORAGE: { able: true },
      DRBD: drbdAbility(utils, kernel),
      LUKS: luks,
      CACHE: cache,
      WRITECACHE: writecache,
      BCACHE: bcache,
      NVME: nvme,
    },
    ...(kernel === undefined ? {} : { drbdKernel: kernel }),
    ...(crypto === undefined ? {} : { digests: parseCrypto(crypto) }),
    ...(utils.able && utils.version !== undefined ? { drbdUtils: utils.version } : {}),
  }
}

/**
 * systemd makes the node whose opening loads the module; where nobody did, losetup finds no device
 * (seen on a node that boots without systemd).
 */
async function loadLoop(host: Host): Promise<boolean> {
  if (await host.exists('/dev/loop-control')) return true
  const result = await host.run(['modprobe', 'loop'], { timeoutMs: lookMs })
  return result.exitCode === 0
}

/** Loads ZFS where its tools are: a machine without them is not meant to have it. */
async function findZfs(host: Host): Promise<Ability> {
  const tool = await host.run(['zfs', '--version'], { timeoutMs: lookMs })
  if (tool.problem) return no(`${problemOf(tool)}: install zfsutils-linux`)
  const loaded = async () => (await host.readFile('/sys/module/zfs/version'))?.trim()
  if (!(await loaded())) await host.run(['modprobe', 'zfs'], { timeoutMs: lookMs })
  const version = await loaded()
  if (version) return { able: true, version }
  return no('no zfs kernel module is loaded and modprobe zfs found none: install zfs-dkms')
}

function drbdAbility(utils: Ability, kernel: string | undefined): Ability {
  if (!utils.able) return utils
  if (kernel === undefined) {
    return no('no drbd kernel module is loaded and modprobe drbd found none: install drbd-dkms')
  }
  return { able: true, version: kernel }
}

const no = (reason: string): Ability => ({ able: false, reason })

function ability(result: CommandResult, version: RegExp, remedy: string): Ability {
  if (result.exitCode !== 0) return no(`${problemOf(result)}: ${remedy}`)
  const found = version.exec(result.stdout)?.[1]
  return found === undefined ? { able: true } : { able: true, version: found }
}
