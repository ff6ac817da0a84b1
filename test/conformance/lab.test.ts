/**
 * The same scenarios on simulated machines and on real kernels, compared step by step. What the
 * real ones report is the record that the simulated ones are measured by in simulated.test.ts;
 * `vitest run --project lab --update=all test/conformance` writes it anew.
 */
import { labSupport } from '../../infra/lab/index.ts'
import { compareWorlds } from './compare.ts'
import { ofVolumes } from './scenario/index.ts'
import { onVolumes } from './world.ts'

compareWorlds({
  title: 'real kernels, LVM and what is upon it',
  support: labSupport(),
  machines: onVolumes,
  scenarios: ofVolumes,
})
