// The source of the nodes' kernel, as far as modules that are built for it need it.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { updateLists } from '../packages.ts'
import { shell } from './shell.ts'
import { readSymvers } from './symbols.ts'

/** Drivers that the packaged kernel was configured without; what it has is not changed by them. */
const drivers = ['NVME_TCP', 'NVME_TARGET', 'NVME_TARGET_TCP']

/** `linux/` in the directory: of exactly the packaged kernel, configured as it is, with its symbols. */
export async function prepareKernel(work: string, kernel: string): Promise<void> {
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
  const added = drivers.map((each) => `CONFIG_${each}=m`).join('\n')
  await shell(
    join(work, 'linux'),
    `linux.uml --showconfig >.config
    echo '${added}' >>.config
    make -s ARCH=um olddefconfig
    make -s ARCH=um -j$(nproc) modules_prepare`,
  )
  const symvers = await readSymvers('/usr/bin/linux.uml', `/usr/lib/uml/modules/${kernel}`)
  writeFileSync(join(work, 'linux/Module.symvers'), symvers)
}
