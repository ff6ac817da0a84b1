// The Debian packages a lab needs, and how they are installed without waking a daemon on the host.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

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
  e2fsprogs: "the nodes' state disks, and file systems in tests",
  xfsprogs: 'the other file system of the tests',
} as const

/** The packages of the list that are not installed. */
export async function missingLabPackages(): Promise<(keyof typeof packages)[]> {
  const names = Object.keys(packages) as (keyof typeof packages)[] // keys of a literal we wrote
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', '*'])
  const installed = new Set(
    stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  )
  return names.filter((name) => !installed.has(name))
}

/**
 * Installs what is missing with apt-get (Debian 12, root), saying what and why through `log`.
 * No daemon is started, and what the installation changes around it is put back.
 */
export async function ensureLabPackages(log: (line: string) => void): Promise<void> {
  const missing = await missingLabPackages()
  if (missing.length === 0) return log('lab: every package is installed')
  for (const name of missing) log(`lab: installing ${name}: ${packages[name]}`)
  const putBack = [forbidDaemons(), keepTunMode()]
  try {
    await aptGet(['update', '-qq'], log)
    await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing], log)
  } finally {
    for (const undo of putBack) undo()
  }
  const still = await missingLabPackages()
  if (still.length > 0) throw new Error(`apt-get did not install ${still.join(', ')}`)
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

async function aptGet(words: readonly string[], log: (line: string) => void): Promise<void> {
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
