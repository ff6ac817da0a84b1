/** As lab.test.ts, on nodes that were given DRBD 9. */
import { drbd9Support } from '../../infra/lab/index.ts'
import { compareWorlds } from './compare.ts'
import { ofDrbd9 } from './scenario/index.ts'
import { trio } from './world.ts'

compareWorlds({
  title: 'real kernels with DRBD 9 [needs drbd9-module]',
  support: drbd9Support(),
  machines: trio,
  scenarios: ofDrbd9,
})
