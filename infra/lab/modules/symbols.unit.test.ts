import { expect, test } from 'vitest'
import { kernelSymbols, moduleSymbols } from './symbols.ts'

test('the kernel’s tables name their symbols by address', () => {
  const names = 'alpha\0beta\0gamma\0'
  const image = Buffer.alloc(200)
  image.write(names, 100, 'latin1')
  const address = 0x60000100
  for (const [at, name] of [0, 6, 11].entries()) {
    image.writeBigUInt64LE(BigInt(address + name), at * 24 + 8)
  }
  const sections = `
  [ 7] __ksymtab         PROGBITS        0000000060000000 000000 000030 00   A  0   0  8
  [ 8] __ksymtab_gpl     PROGBITS        0000000060000030 000030 000018 00   A  0   0  8
  [ 9] __ksymtab_strings PROGBITS        0000000060000100 000064 000011 01 AMS  0   0  1
`
  expect(kernelSymbols(image, sections)).toEqual([
    '0x00000000\talpha\tvmlinux\tEXPORT_SYMBOL\t\n',
    '0x00000000\tbeta\tvmlinux\tEXPORT_SYMBOL\t\n',
    '0x00000000\tgamma\tvmlinux\tEXPORT_SYMBOL_GPL\t\n',
  ])
})

test('a module’s symbols say in which table they are', () => {
  const text = `
  [12] __ksymtab_gpl     PROGBITS  0000000000000000 0020a0 000018 00   A  0   0  4
  [14] __ksymtab_strings PROGBITS  0000000000000000 0020e0 00001e 01 AMS  0   0  1
    41: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT   12 __ksymtab_crc_t10dif
    42: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT   14 __kstrtab_crc_t10dif
`
  expect(moduleSymbols(text, 'lib/crc-t10dif')).toEqual([
    '0x00000000\tcrc_t10dif\tlib/crc-t10dif\tEXPORT_SYMBOL_GPL\t\n',
  ])
})
