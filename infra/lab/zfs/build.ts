/** ZFS out of Debian's packages: its modules built, its tools as they are. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shell } from '../modules/shell.ts'

/** Makes `modules/` and `user/`. */
export async function buildZfs(work: string, out: string): Promise<void> {
  await shell(out, 'mkdir modules user')
  await fetchZfs(work, out)
  await buildModules(work, out)
}

const libraries = [
  'libzfs4linux',
  'libzpool5linux',
  'libnvpair3linux',
  'libuutil3linux',
  'libzfsbootenv1linux',
]

/** From the machine's own mirror, section contrib, without touching /etc/apt. */
async function fetchZfs(work: string, out: string): Promise<void> {
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
    for package in zfsutils-linux_* lib*linux_*; do dpkg-deb -x "$package" ${out}/user; done`,
  )
}

/** What the architecture um has otherwise than x86: no vector unit, other names of setjmp. */
async function buildModules(work: string, out: string): Promise<void> {
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
      strip --strip-debug "$file" -o ${out}/modules/$(basename "$file")
    done`,
  )
}
