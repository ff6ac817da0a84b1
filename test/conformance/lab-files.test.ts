/** As lab.test.ts: image files and ZFS, in a lab of their own, since what is there is looked at. */
import { labSupport } from '../../infra/lab/index.ts'
import { compareWorlds } from './compare.ts'
import { ofFiles } from './scenario/index.ts'
import { onFiles } from './world.ts'

compareWorlds({
  title: 'real kernels, image files and ZFS',
  support: labSupport(),
  machines: onFiles,
  scenarios: ofFiles,
})
