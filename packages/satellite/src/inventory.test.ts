import { expect, test } from 'vitest'
import { lvmMachine } from './given-machine.ts'
import { createLook } from './inventory.ts'

const memory = {
  lostDisks: new Set<string>(),
  forgotten: new Set<string>(),
  formatted: new Set<string>(),
  bereft: new Set<string>(),
  receiving: new Set<string>(),
}
const nowhere = { volumeGroups: [], datasets: [], directories: [] }

test('a look at a part asks for that part, and all else stands as it was seen before', async () => {
  const machine = lvmMachine()
  machine.files.set('/srv/pool/a.img', '')
  machine.intercept = ([tool]) => {
    if (tool === 'find') return { stdout: '4096\t8\t/srv/pool/a.img\n' }
    return tool === 'losetup' || tool === 'df' ? {} : undefined
  }
  const look = createLook(machine)
  const all = { ...nowhere, volumeGroups: ['vg0'], directories: ['/srv/pool'] }
  const first = await look(all, memory)
  machine.lvs.set('vg0/web_00000', { tags: [], kib: 4096 })
  machine.lvs.delete('vg0/thin')
  machine.commands.length = 0
  const second = await look({ ...nowhere, volumeGroups: ['vg0'], isPart: true }, memory)
  expect(machine.commands.map((line) => line.split(' ')[0])).toEqual(['lvs'])
  expect([...second.objects.keys()].sort()).toEqual(['/srv/pool/a.img', 'vg0/web_00000'])
  expect(second.places).toEqual(first.places)
})
