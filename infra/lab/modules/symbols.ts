/**
 * The table of symbols that modules are linked against, read out of the packaged kernel and its
 * modules: Debian's user-mode kernel has no checks of symbol versions, so the names are enough and
 * the kernel need not be built again.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `struct kernel_symbol` of a 64-bit kernel: value, name, namespace. */
const entryBytes = 24

/** The text of Module.symvers for `kernel` (an ELF file) and every module below `modules`. */
export async function readSymvers(kernel: string, modules: string): Promise<string> {
  const sections = await readelf('-SW', kernel)
  const lines = kernelSymbols(readFileSync(kernel), sections)
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((each) => each.endsWith('.ko')).sort()) {
    const text = await readelf('-SsW', join(modules, file))
    lines.push(...moduleSymbols(text, file.replace(/^.*?kernel\//, '').replace(/\.ko$/, '')))
  }
  const first = new Map(lines.map((line) => [line.split('\t')[1], line] as const).toReversed())
  return [...first.values()].toReversed().join('')
}

/** What the kernel itself exports: names from the string section that its tables point into. */
export function kernelSymbols(image: Buffer, sections: string): string[] {
  const strings = sectionOf(sections, '__ksymtab_strings')
  return ['__ksymtab', '__ksymtab_gpl'].flatMap((table) => {
    const { offset, size } = sectionOf(sections, table)
    return Array.from({ length: Math.floor(size / entryBytes) }, (_, at) => {
      const address = image.readBigUInt64LE(offset + at * entryBytes + 8)
      const start = Number(address - BigInt(strings.address)) + strings.offset
      const name = image.toString('latin1', start, image.indexOf(0, start))
      return symbolLine(name, 'vmlinux', table.endsWith('_gpl'))
    })
  })
}

/** What a module exports: symbols `__ksymtab_<name>`, whose section says under which licence. */
export function moduleSymbols(text: string, module: string): string[] {
  const tables = new Map<string, string>()
  for (const [, index = '', name = ''] of text.matchAll(/\[\s*(\d+)\]\s+(__ksymtab(?:_gpl)?)\s/g)) {
    tables.set(index, name)
  }
  return [...text.matchAll(/\s(\d+)\s+__ksymtab_(\S+)$/gm)].flatMap(([, index = '', name = '']) => {
    const table = tables.get(index)
    return table === undefined ? [] : [symbolLine(name, module, table.endsWith('_gpl'))]
  })
}

function symbolLine(name: string, module: string, isGpl: boolean): string {
  return `0x00000000\t${name}\t${module}\tEXPORT_SYMBOL${isGpl ? '_GPL' : ''}\t\n`
}

function sectionOf(text: string, name: string) {
  const row = new RegExp(`\\]\\s+${name}\\s+\\S+\\s+([0-9a-f]+)\\s+([0-9a-f]+)\\s+([0-9a-f]+)`)
  const match = row.exec(text)
  if (!match) throw new Error(`the kernel has no section ${name}`)
  const [address = 0, offset = 0, size = 0] = match.slice(1).map((hex) => Number.parseInt(hex, 16))
  return { address, offset, size }
}

async function readelf(...words: string[]): Promise<string> {
  return (await run('readelf', words, { maxBuffer: 256 * 1024 * 1024 })).stdout
}
