/**
 * Builds ZFS for the nodes' kernel out of Debian's own packages, once per machine: about two
 * minutes on two cores and 140 MB of downloads. Its licence and the kernel's do not go together in
 * one binary that is handed on, so every machine builds its own and none is ever committed.
 */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ensureBuildPackages, updateLists } from '../packages.ts'
import { kernelVersion, reasonPath, zfsDirectory } from './place.ts'
import { readSymvers } from './symbols.ts'

const run = promisify(execFile)

const workPrefix = '.zfs-'

/** Far longer than any part of it has ever taken. */
const stageMs = 15 * 60_000

type Log = (line: string) => void

/**
 * Makes sure that ZFS is in the cache. When it cannot be, the reason is said and left where
 * zfsSupport() finds it: a machine without a mirror or a compiler can still have every other lab.
 */
export async function ensureZfs(log: Log): Promise<void> {
  const kernel = kernelVersion()
  if (kernel === undefined || existsSync(zfsDirectory(kernel))) return
  const started = performance.now()
  try {
    await build(kernel, log)
    rmSync(reasonPath(kernel), { force: true })
    log(`lab: ZFS is built (${Math.round((performance.now() - started) / 1000)} s)`)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const reason = `ZFS cannot be built here: ${said.trim().split('\n').slice(-3).join(' | ')}`
    mkdirSync(dirname(reasonPath(kernel)), { recursive: true })
    writeFileSync(reasonPath(kernel), `${reason}\n`)
    log(`lab: ${reason}`)
  }
}

async function build(kernel: string, log: Log): Promise<void> {
  const target = zfsDirectory(kernel)
  mkdirSync(dirname(target), { recursive: true })
  removeAbandoned(dirname(target))
  await ensureBuildPackages(log)
  const work = mkdtempSync(join(dirname(target), workPrefix))
  try {
    log(`lab: building ZFS for the nodes' kernel ${kernel}, once: about two minutes`)
    await shell(work, 'mkdir out out/modules out/user')
    await prepareKernel(work, kernel)
    await fetchZfs(work)
    await buildModules(work)
    // Two builds at once: the first to end wins, and both have made the same.
    if (!existsSync(target)) renameSync(join(work, 'out'), target)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What a build that was killed has left: 1.7 GB. One that is under way has written a moment ago. */
function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory).filter((each) => each.startsWith(workPrefix))) {
    const path = join(directory, name)
    const ageMs = Date.now() - statSync(path).mtimeMs
    if (ageMs > 4 * stageMs) rmSync(path, { recursive: true, force: true })
  }
}

/** The source of exactly the packaged kernel, configured as it is, with its symbols. */
async function prepareKernel(work: string, kernel: string): Promise<void> {
  const [major, minor] = kernel.split('.')
  const name = `linux-source-${major}.${minor}`
  const find = `apt-cache madison ${name} | awk 'index($3, "${kernel}-") == 1 { print $3; exit }'`
  let version = await shell(work, find)
  if (version === '') {
    await updateLists()
    version = await shell(work, find)
  }
  if (version === '') throw new Error(`Debian has no ${name} of version ${kernel}`)
  await shell(work, `apt-get -qq download ${name}=${version}`)
  const inner = `./usr/src/${name}.tar.xz`
  await shell(work, `dpkg-deb --fsys-tarfile ${name}_*.deb | tar -xO ${inner} | tar -xJ`)
  const source = join(work, name)
  renameSync(source, join(work, 'linux'))
  await shell(
    join(work, 'linux'),
    `linux.uml --showconfig >.config
    make -s ARCH=um olddefconfig
    make -s ARCH=um -j$(nproc) modules_prepare`,
  )
  const symvers = await readSymvers('/usr/bin/linux.uml', `/usr/lib/uml/modules/${kernel}`)
  writeFileSync(join(work, 'linux/Module.symvers'), symvers)
}

const libraries = [
  'libzfs4linux',
  'libzpool5linux',
  'libnvpair3linux',
  'libuutil3linux',
  'libzfsbootenv1linux',
]

/** From the machine's own mirror, section contrib, without touching /etc/apt. */
async function fetchZfs(work: string): Promise<void> {
  const source = `. /etc/os-release; apt-get indextargets \
    --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v code="$VERSION_CODENAME" '$2 == code && $3 == "main" { print $1, $2; exit }'`
  const [uri, codename] = (await shell(work, source)).split(' ')
  if (!uri || !codename) throw new Error('apt knows no mirror of this Debian')
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
  mkdirSync(join(work, 'apt/lists/partial'), { recursive: true })
  writeFileSync(join(work, 'apt/contrib.list'), `deb ${signed}${uri} ${codename} contrib\n`)
  const options = [
    `Dir::Etc::sourcelist=${work}/apt/contrib.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${work}/apt/lists`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
  ].map((option) => `-o ${option}`)
  await shell(
    work,
    `apt-get -qq ${options.join(' ')} update
    apt-get -qq ${options.join(' ')} download zfs-dkms zfsutils-linux ${libraries.join(' ')}
    dpkg-deb -x zfs-dkms_*.deb dkms
    cp -a dkms/usr/src/zfs-* zfs
    for package in zfsutils-linux_* lib*linux_*; do dpkg-deb -x "$package" out/user; done`,
  )
}

/** What the architecture um has otherwise than x86: no vector unit, other names of setjmp. */
async function buildModules(work: string): Promise<void> {
  const undefine =
    's@^#define (HAVE_KERNEL_FPU|HAVE_KERNEL_FPU_INTERNAL|KERNEL_EXPORTS_X86_FPU) 1@@'
  const rename = '1i #define setjmp kernel_setjmp\\n#define longjmp kernel_longjmp'
  const kernel = `--with-linux=${work}/linux --with-linux-obj=${work}/linux`
  await shell(
    join(work, 'zfs'),
    `export ARCH=um
    ./configure --with-config=kernel ${kernel} >configure.log 2>&1
    sed -i -E '${undefine}' zfs_config.h
    sed -i '${rename}' module/lua/setjmp/setjmp.S
    make -s -j$(nproc) -C module CONFIG_X86_64=y CONFIG_X86=y >build.log 2>&1
    for file in $(find module -name '*.ko'); do
      strip --strip-debug "$file" -o ${work}/out/modules/$(basename "$file")
    done`,
  )
}

/** Runs a script to its end; standard output without its last newline. */
async function shell(directory: string, script: string): Promise<string> {
  const words = ['-euo', 'pipefail', '-c', script]
  const { stdout } = await run('bash', words, { cwd: directory, timeout: stageMs })
  return stdout.trimEnd()
}
