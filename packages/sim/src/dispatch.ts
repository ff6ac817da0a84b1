/** argv → the imitation of that tool, with faults in between. */
import { makeBcache } from './bcache/tool.ts'
import { od } from './cache/dmsetup.ts'
import { cryptsetup } from './crypt/cryptsetup.ts'
import { dmsetup } from './crypt/dmsetup.ts'
import { drbdadm } from './drbd/drbdadm.ts'
import { drbdmeta } from './drbd/drbdmeta.ts'
import { drbdsetup } from './drbd/drbdsetup.ts'
import { lvmTools } from './lvm/index.ts'
import type { Machine } from './machine.ts'
import { nvme } from './nvme/nvme.ts'
import { fail, type Output, type Tool } from './tool.ts'
import { blkid, blockdev, lsblk, wipefs } from './tools/block.ts'
import { cp, mv } from './tools/copy.ts'
import { dumpe2fs, resize2fs } from './tools/ext.ts'
import { cat, df, fallocate, find, losetup, mkdir, stat, truncate } from './tools/file.ts'
import { dd, getent, mkfs } from './tools/mkfs.ts'
import { modprobe, mount, quiet, umount, uname, version } from './tools/system.ts'
import { zfs } from './zfs/zfs.ts'
import { zpool } from './zfs/zpool.ts'

const tools: Readonly<Record<string, Tool>> = {
  ...lvmTools,
  zfs,
  zpool,
  cryptsetup,
  dmsetup,
  'make-bcache': makeBcache,
  drbdadm,
  drbdsetup,
  'drbdsetup-84': drbdsetup,
  drbdmeta,
  wipefs,
  blockdev,
  blkid,
  lsblk,
  nvme,
  dumpe2fs,
  resize2fs,
  'mkfs.ext4': mkfs,
  'mkfs.xfs': mkfs,
  dd,
  getent,
  od,
  losetup,
  truncate,
  fallocate,
  df,
  stat,
  find,
  mkdir,
  cp,
  mv,
  cat,
  uname,
  modprobe,
  mount,
  umount,
  dmstats: quiet,
  udevadm: quiet,
  sync: quiet,
  thin_check: version('0.9.0\n'),
}

export const toolName = (argv: readonly string[]): string => argv[0]?.split('/').at(-1) ?? ''

export const hasTool = (machine: Machine, name: string): boolean =>
  tools[name] !== undefined && !machine.missing.has(name)

/**
 * Runs a tool now. A usage error of an imitation is also noted as unknown, loudly: it is either a
 * wrong command or a gap in the simulator, and both must be seen.
 */
export function execute(
  machine: Machine,
  argv: readonly string[],
  stdin: string,
): Output | Promise<Output> {
  const name = toolName(argv)
  const tool = tools[name]
  if (!tool) throw new Error(`no imitation of ${name}`)
  const output = tool({ machine, name, args: argv.slice(1), stdin })
  if (output instanceof Promise || output.code === 0 || !isUsageError(output)) return output
  machine.shared.unknown.push(`${machine.name}: ${argv.join(' ')}`)
  return fail(
    output.code,
    `${output.stderr}SIMULATOR: ${argv.join(' ')} is no command it knows`,
    output.stdout,
  )
}

const isUsageError = (output: Output): boolean =>
  /unrecognized (?:option|command)|invalid option|[Uu]nknown command|No such command|matching syntax|invalid command/.test(
    output.stderr + output.stdout,
  )
