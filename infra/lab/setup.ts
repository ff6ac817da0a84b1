// Makes this machine able to run labs: `node infra/lab/setup.ts` as root on Debian 12.
import { ensureLabPackages } from './packages.ts'
import { labSupport } from './support.ts'
import { ensureZfs } from './zfs/build.ts'
import { zfsSupport } from './zfs/place.ts'

await ensureLabPackages((line) => console.log(line))
const support = labSupport()
console.log(support.ok ? 'lab: ready' : `lab: not possible here: ${support.reason}`)
if (support.ok) {
  await ensureZfs((line) => console.log(line))
  const zfs = zfsSupport()
  console.log(zfs.ok ? 'lab: ready for ZFS' : `lab: without ZFS: ${zfs.reason}`)
} else process.exitCode = 1
