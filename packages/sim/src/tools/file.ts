/** losetup, truncate, fallocate, df, stat, find and their neighbours: files and what is in them. */
import { createBlock, setDeviceSize } from '../block.ts'
import { findDevice } from '../devices.ts'
import { listNames, makeDirectory, normal, parentOf, readText } from '../files.ts'
import type { Machine, SimFile } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'

const sizeUnits: Readonly<Record<string, number>> = {
  '': 1 / 1024,
  K: 1,
  M: 1024,
  G: 1024 ** 2,
  T: 1024 ** 3,
}

/** `10240K`, `10240KiB`, `1048576` (bytes) → KiB. */
function readKib(text: string): number | undefined {
  const match = /^(\d+)([KMGT]?)(?:iB)?$/i.exec(text)
  const factor = match && sizeUnits[(match[2] ?? '').toUpperCase()]
  return match && factor !== null && factor !== undefined ? Number(match[1]) * factor : undefined
}

/** Sets a file's size, making it when there is none. `fill`: with its space. */
function setSize(machine: Machine, path: string, sizeKib: number, fill: boolean): void {
  const name = normal(path)
  const file: SimFile = machine.files.get(name) ?? { text: '' }
  machine.files.set(name, file)
  file.block ??= createBlock({ path: name, type: 'loop', major: 7, minor: 0, sizeKib: 0 })
  setDeviceSize(file.block, sizeKib)
  if (fill) file.block.allocatedKib = sizeKib
}

export function truncate(call: Call): Output {
  const options = readOptions(call.args, optionTable('-s|--size=', '-c|--no-create'))
  const path = options.words[0] ?? ''
  const size = readKib(option(options, '-s') ?? '')
  if (options.unknown || size === undefined)
    return fail(1, "truncate: you must specify either '--size' or '--reference'")
  if (!call.machine.directories.has(parentOf(path))) {
    return fail(1, `truncate: cannot open '${path}' for writing: No such file or directory`)
  }
  setSize(call.machine, path, size, false)
  return ok()
}

export function fallocate(call: Call): Output {
  const options = readOptions(call.args, optionTable('-l|--length=', '-x|--posix', '-o|--offset='))
  const path = options.words[0] ?? ''
  const size = readKib(option(options, '-l') ?? '')
  if (options.unknown || size === undefined)
    return fail(1, 'fallocate: no length argument specified')
  if (!call.machine.directories.has(parentOf(path))) {
    return fail(1, `fallocate: cannot open ${path}: No such file or directory`)
  }
  const old = call.machine.files.get(normal(path))?.block?.allocatedKib ?? 0
  if (size - old > freeKib(call.machine))
    return fail(1, 'fallocate: fallocate failed: No space left on device')
  setSize(
    call.machine,
    path,
    Math.max(size, call.machine.files.get(normal(path))?.block?.sizeKib ?? 0),
    true,
  )
  return ok()
}

function freeKib(machine: Machine): number {
  let used = 0
  for (const file of machine.files.values())
    used += file.block?.allocatedKib ?? Math.ceil(file.text.length / 1024)
  return Math.max(0, machine.rootKib - used)
}

const losetupOptions = optionTable(
  '-f|--find',
  '--show',
  '-L|--nooverlap',
  '-d|--detach=',
  '-D|--detach-all',
  '-c|--set-capacity=',
  '-j|--associated=',
  '-l|--list',
  '-J|--json',
  '-O|--output=',
  '-a|--all',
  '-n|--noheadings',
  '-r|--read-only',
  '--direct-io=',
)

export function losetup(call: Call): Output {
  const { machine } = call
  if (call.args.includes('--version')) return ok('losetup from util-linux 2.38.1\n')
  const options = readOptions(call.args, losetupOptions)
  if (options.unknown) return fail(1, `losetup: unrecognized option '${options.unknown}'`)
  const detach = option(options, '-d')
  if (detach !== undefined) return detachLoop(machine, detach)
  const grow = option(options, '-c')
  if (grow !== undefined) {
    const block = findDevice(machine, grow)
    if (!block) return fail(1, `losetup: ${grow}: failed to use device: No such device`)
    machine.loopSizes.set(grow, block.sizeKib)
    return ok()
  }
  if (options.values.has('-f'))
    return attachLoop(machine, options.words[0], options.values.has('-L'))
  const of = option(options, '-j')
  const rows = [...machine.loops].filter(([, file]) => of === undefined || file === of)
  if (of !== undefined)
    return ok(rows.map(([path, file]) => `${path}: [0019]:31 (${file})\n`).join(''))
  if (options.values.has('-J')) return ok(loopsJson(rows, option(options, '-O')))
  if (rows.length === 0) return ok()
  const width = Math.max(4, ...rows.map(([path]) => path.length))
  const heading = options.values.has('-n') ? '' : `${'NAME'.padEnd(width)} BACK-FILE\n`
  return ok(heading + rows.map(([path, file]) => `${path.padEnd(width)} ${file}\n`).join(''))
}

function attachLoop(machine: Machine, path: string | undefined, reuse: boolean): Output {
  const file = normal(path ?? '')
  const block = machine.files.get(file)?.block
  if (!block)
    return fail(1, `losetup: ${path}: failed to set up loop device: No such file or directory`)
  const known = [...machine.loops].find(([, each]) => each === file)
  if (known && reuse) return ok(`${known[0]}\n`)
  let number = 0
  while (machine.loops.has(`/dev/loop${number}`)) number += 1
  machine.loops.set(`/dev/loop${number}`, file)
  machine.loopSizes.set(`/dev/loop${number}`, block.sizeKib)
  return ok(`/dev/loop${number}\n`)
}

function detachLoop(machine: Machine, path: string): Output {
  const block = findDevice(machine, path)
  if (!machine.loops.has(path))
    return fail(1, `losetup: ${path}: detach failed: No such device or address`)
  if (block && block.openers.size > 0)
    return fail(1, `losetup: ${path}: detach failed: Device or resource busy`)
  machine.loops.delete(path)
  machine.loopSizes.delete(path)
  return ok()
}

function loopsJson(rows: readonly [string, string][], columns: string | undefined): string {
  const names = (columns ?? 'NAME,SIZELIMIT,OFFSET,AUTOCLEAR,RO,BACK-FILE,DIO,LOG-SEC')
    .toLowerCase()
    .split(',')
  const value = (name: string, path: string, file: string) =>
    name === 'name'
      ? `"${path}"`
      : name === 'back-file'
        ? JSON.stringify(file)
        : name === 'log-sec'
          ? '512'
          : name === 'sizelimit' || name === 'offset'
            ? '0'
            : 'false'
  const objects = rows.map(
    ([path, file]) =>
      `      {\n${names.map((name) => `         "${name}": ${value(name, path, file)}`).join(',\n')}\n      }`,
  )
  return `{\n   "loopdevices": [\n${objects.join(',')}\n   ]\n}\n`
}

export function df(call: Call): Output {
  const options = readOptions(call.args, optionTable('-B|--block-size=', '--output=', '-k', '-P'))
  if (options.unknown) return fail(1, `df: unrecognized option '${options.unknown}'`)
  const unit = option(options, '-B') ?? '1K'
  const bytes = unit === '1' ? 1 : 1024
  const columns = (option(options, '--output') ?? 'size,avail,target').split(',')
  const headings: Readonly<Record<string, string>> = {
    size: unit === '1' ? '1B-blocks' : '1K-blocks',
    avail: 'Avail',
    file: 'File',
    target: 'Mounted on',
  }
  let stderr = ''
  const lines = [columns.map((name) => headings[name] ?? name)]
  for (const word of options.words) {
    if (
      !call.machine.directories.has(normal(word)) &&
      normal(word) !== '/' &&
      !call.machine.files.has(normal(word))
    ) {
      stderr += `df: ${word}: No such file or directory\n`
      continue
    }
    const values: Readonly<Record<string, string>> = {
      size: `${(call.machine.rootKib * 1024) / bytes}`,
      avail: `${(freeKib(call.machine) * 1024) / bytes}`,
      file: word,
      target: '/',
    }
    lines.push(columns.map((name) => values[name] ?? '-'))
  }
  if (lines.length === 1) return fail(1, stderr)
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const number = (name: string | undefined) => name === 'size' || name === 'avail'
  const stdout = lines
    .map(
      (line) =>
        `${line.map((cell, at) => (number(columns[at]) ? cell.padStart(widths[at] ?? 0) : at === line.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join(' ')}\n`,
    )
    .join('')
  return { code: stderr === '' ? 0 : 1, stdout, stderr }
}

export function stat(call: Call): Output {
  const options = readOptions(
    call.args,
    optionTable('-c|--format=', '--printf=', '-L|--dereference'),
  )
  const format = option(options, '-c') ?? option(options, '--printf')
  if (options.unknown || format === undefined) return fail(1, 'stat: missing operand')
  let stdout = ''
  for (const path of options.words) {
    const file = call.machine.files.get(normal(path))
    const directory = call.machine.directories.has(normal(path))
    if (!file && !directory)
      return fail(1, `stat: cannot statx '${path}': No such file or directory`, stdout)
    const line = fillFormat(format, path, file)
    stdout += options.values.has('-c') ? `${line}\n` : line
  }
  return ok(stdout)
}

function fillFormat(format: string, path: string, file: SimFile | undefined): string {
  const size = file?.block ? file.block.sizeKib * 1024 : (file?.text.length ?? 4096)
  const blocks = file?.block ? file.block.allocatedKib * 2 : Math.ceil(size / 4096) * 8
  return format
    .replaceAll('%s', `${size}`)
    .replaceAll('%b', `${blocks}`)
    .replaceAll('%B', '512')
    .replaceAll('%n', path)
    .replaceAll('%p', path)
}

/** `find <dir>… -mindepth 1 -maxdepth 1 -type f -printf <format>`. */
export function find(call: Call): Output {
  const start = call.args.findIndex((arg) => arg.startsWith('-'))
  const directories = call.args.slice(0, start < 0 ? undefined : start)
  const print = call.args.indexOf('-printf')
  const format = (print < 0 ? '%p\\n' : (call.args[print + 1] ?? ''))
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
    .replaceAll('\\0', '\0')
  let stdout = ''
  let stderr = ''
  for (const directory of directories) {
    const names = listNames(call.machine, directory)
    if (!names) {
      stderr += `find: ‘${directory}’: No such file or directory\n`
      continue
    }
    for (const name of names) {
      const path = `${directory.replace(/\/$/, '')}/${name}`
      const file = call.machine.files.get(normal(path))
      if (file) stdout += fillFormat(format, path, file)
    }
  }
  return { code: stderr === '' ? 0 : 1, stdout, stderr }
}

export function mkdir(call: Call): Output {
  const options = readOptions(call.args, optionTable('-p|--parents', '-m|--mode='))
  if (options.unknown) return fail(1, `mkdir: unrecognized option '${options.unknown}'`)
  for (const path of options.words) {
    const there = call.machine.directories.has(normal(path))
    if (there && !options.values.has('-p'))
      return fail(1, `mkdir: cannot create directory ‘${path}’: File exists`)
    makeDirectory(call.machine, path)
  }
  return ok()
}

export function cat(call: Call): Output {
  let stdout = ''
  for (const path of call.args) {
    const text = readText(call.machine, path)
    if (text === undefined) return fail(1, `cat: ${path}: No such file or directory`, stdout)
    stdout += text
  }
  return ok(stdout)
}
