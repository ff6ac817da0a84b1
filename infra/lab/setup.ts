// Makes this machine able to run labs: `node infra/lab/setup.ts` as root on Debian 12.
import { ensureModules } from './modules/build.ts'
import { moduleParts, nameOf, partSupport } from './modules/place.ts'
import { ensureLabPackages } from './packages.ts'
import { labSupport } from './support.ts'

await ensureLabPackages((line) => console.log(line))
const support = labSupport()
console.log(support.ok ? 'lab: ready' : `lab: not possible here: ${support.reason}`)
if (support.ok) {
  await ensureModules((line) => console.log(line))
  for (const part of moduleParts) {
    const found = partSupport(part)
    const name = nameOf(part)
    console.log(found.ok ? `lab: ready for ${name}` : `lab: without ${name}: ${found.reason}`)
  }
} else process.exitCode = 1
