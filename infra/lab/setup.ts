// Makes this machine able to run labs: `node infra/lab/setup.ts` as root on Debian 12.
import { ensureLabPackages } from './packages.ts'
import { labSupport } from './support.ts'

await ensureLabPackages((line) => console.log(line))
const support = labSupport()
console.log(support.ok ? 'lab: ready' : `lab: not possible here: ${support.reason}`)
if (!support.ok) process.exitCode = 1
