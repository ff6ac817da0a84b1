/**
 * The machine that runs the virtual machine is cut off, and nobody knows whether it is dead. Its
 * volume is opened elsewhere; no write of the first one gets through any more. Simulator. A
 * Primary that loses its power runs on real kernels: test/lab/replicated.test.ts.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('the volume goes on elsewhere, and the machine that was cut off follows', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create vms --place-count 3 --storage-pool thin')
  await story.varve('resource-group spawn vms vm 1G')
  await story.isWell('vm')
  const [n1, n2] = [story.machine('n1'), story.machine('n2')]
  await n1.opens('vm')
  await n1.writes('vm', 1, 'the guest has booted')
  expect(n2.cannotOpen('vm')).toBe('Wrong medium type')

  // Its cables are pulled, DRBD's and the management's: it lives on and does not know.
  story.cutCables('n1')
  await story.simulated.stopSatellite('n1')
  expect(await n1.cannotWrite('vm', 2, 'of the dead')).toBe('Input/output error')
  await n2.opens('vm')
  await n2.writes('vm', 2, 'of the living')
  expect(await n1.cannotWrite('vm', 3, 'of the dead')).toBe('Input/output error')
  await story.eventually('health', /Node n1 has been offline/)

  // Somebody presses its button.
  await n1.losesPower()
  story.mendCables()
  await n1.comesBack()
  await story.isWell('vm')
  expect(n2.reads('vm')).toBe('1=the guest has booted 2=of the living')
  expect(n1.holds('vm')).toBe(n2.holds('vm'))
  expect(n1.cannotOpen('vm')).toBe('Wrong medium type')
})
