import { lvmMachine } from '../given-machine.ts'
import { providerContract } from './provider.contract.ts'

providerContract('LVM_THIN', 'a few lines of memory', () => {
  const machine = lvmMachine()
  return Promise.resolve({
    host: machine,
    backing: 'vg0/thin',
    makeForeign: (name) => {
      machine.lvs.set(`vg0/${name}`, { tags: [], kib: 4096 })
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  })
})
