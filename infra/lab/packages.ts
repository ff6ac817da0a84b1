// The Debian packages a lab needs, and how they are installed without waking a daemon on the host.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

type Log = (line: string) => void

/** Package → why the lab wants it. The nodes use the host's programs, so all are for both sides. */
const packages = {
  'user-mode-linux': 'the kernel of the nodes, with device-mapper, DRBD 8.4 and file systems',
  'uml-utilities': 'plugs disks into running nodes (uml_mconsole)',
  'perl-base': "the nodes' command agent",
  busybox: 'switches nodes off',
  iproute2: "the lab's networks",
  'iputils-ping': 'looking at those networks',
  kmod: "loading the nodes' modules",
  udev: 'the /dev/disk, /dev/VG and /dev/drbd links in the nodes',
  lvm2: 'LVM in the nodes',
  'thin-provisioning-tools': 'thin_check, without which no thin pool is activated',
  'cryptsetup-bin': 'LUKS in the nodes',
  'drbd-utils': 'DRBD in the nodes',
  'bcache-tools': 'bcache in the nodes',
  'nvme-cli': 'NVMe over fabrics in the nodes',
  e2fsprogs: "the nodes' state disks, and file systems in tests",
  xfsprogs: 'the other file system of the tests',
} as const

/** What builds kernel modules for the nodes (modules/build.ts). */
const buildPackages = {
  gcc: 'the compiler',
  'libc6-dev': "the kernel's own tools",
  make: "the kernel's build",
  bc: "the kernel's build",
  flex: "the kernel's configuration",
  bison: "the kernel's configuration",
  'libelf-dev': "the kernel's own tools",
  'libssl-dev': "the kernel's own tools",
  'xz-utils': "the kernel's source",
  binutils: 'reading symbols, stripping modules',
} as const

type Wanted = Readonly<Record<string, string>>

/** Those of the list that are not installed. */
async function missingOf(wanted: Wanted): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', '*'])
  const installed = new Set(
    stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  )
  return Object.keys(wanted).filter((name) => !installed.has(name))
}

/**
 * Installs what is missing with apt-get (Debian 12, root), saying what and why through `log`.
 * No daemon is started, and what the installation changes around it is put back.
 */
export async function ensureLabPackages(log: Log): Promise<void> {
  if (!(await ensure(packages, log))) log('lab: every package is installed')
}

/** The same for what builds kernel modules. */
export async function ensureBuildPackages(log: Log): Promise<void> {
  await ensure(buildPackages, log)
}

/** Fetches the lists of the machine's own sources. */
export async function updateLists(): Promise<void> {
  await aptGet(['update', '-qq'], () => undefined)
}

/** True when something had to be installed. */
async function ensure(wanted: Wanted, log: Log): Promise<boolean> {
  const missing = await missingOf(wanted)
  if (missing.length === 0) return false
  for (const name of missing) log(`lab: installing ${name}: ${wanted[name]}`)
  const putBack = [forbidDaemons(), keepTunMode()]
  try {
    await aptGet(['update', '-qq'], log)
    await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing], log)
  } finally {
    for (const undo of putBack) undo()
  }
  const still = await missingOf(wanted)
  if (still.length > 0) throw new Error(`apt-get did not install ${still.join(', ')}`)
  return true
}

const policy = '/usr/sbin/policy-rc.d'

/** Debian asks this script before it starts a service; 101 says no. An existing one is left alone. */
function forbidDaemons(): () => void {
  if (existsSync(policy)) return () => undefined
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy)
}

/** Installing udev was seen to open /dev/net/tun to everybody. */
function keepTunMode(): () => void {
  const tun = '/dev/net/tun'
  if (!existsSync(tun)) return () => undefined
  const { mode } = statSync(tun)
  return () => chmodSync(tun, mode & 0o777)
}

async function aptGet(words: readonly string[], log: Log): Promise<void> {
  const child = spawn('apt-get', words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  let said = ''
  const hear = (bytes: Buffer) => {
    said += bytes.toString()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code] = await once(child, 'close')
  log(`lab: apt-get ${words[0]}: exit ${code}`)
  if (code !== 0) throw new Error(`apt-get ${words.join(' ')}: exit ${code}\n${said.slice(-3000)}`)
}
