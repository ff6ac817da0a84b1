/** lvs, vgs and pvs: the same report over different rows. */
import type { Machine } from '../machine.ts'
import {
  type Call,
  fail,
  type Options,
  type Output,
  option,
  optionTable,
  readOptions,
} from '../tool.ts'
import { diskFields, type Field, groupFields, type Row, volumeFields } from './fields.ts'
import { findGroup, splitVolumeName } from './model.ts'
import { type Sizes, sizePrinter } from './units.ts'

const reportOptions = optionTable(
  '-o|--options=',
  '--units=',
  '--reportformat=',
  '--separator=',
  '--config=',
  '-S|--select=',
  '-O|--sort=',
  '--devices=',
  '--devicesfile=',
  '-a|--all',
  '--nosuffix',
  '--noheadings',
  '--readonly',
  '--nolocking',
  '--unquoted',
  '--aligned',
  '--unbuffered',
  '--ignorelockingfailure',
  '-q|--quiet',
  '-v|--verbose',
  '--segments',
)

type Kind = {
  readonly key: 'lv' | 'vg' | 'pv'
  readonly columns: string
  readonly fields: Readonly<Record<string, Field>>
}

const kinds: Readonly<Record<string, Kind>> = {
  lvs: {
    key: 'lv',
    columns:
      'lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,move_pv,mirror_log,copy_percent,convert_lv',
    fields: { ...groupFields, ...volumeFields },
  },
  vgs: {
    key: 'vg',
    columns: 'vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free',
    fields: { ...volumeFields, ...groupFields },
  },
  pvs: {
    key: 'pv',
    columns: 'pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free',
    fields: { ...groupFields, ...diskFields },
  },
}

export function report(call: Call): Output {
  const kind = kinds[call.name]
  if (!kind) throw new Error(`no report called ${call.name}`)
  const options = readOptions(call.args, reportOptions)
  if (options.unknown) {
    return fail(
      3,
      `${call.name}: unrecognized option '${options.unknown}'\n  Error during parsing of command line.`,
    )
  }
  const columns = columnsOf(options, kind)
  const bad = columns.find((each) => kind.fields[each] === undefined)
  if (bad) return fail(5, `  Unrecognised field: ${bad}\n`)
  const { rows, problems } = findRows(call.machine, kind, options.words)
  const wanted = rows.filter((row) => selected(row, kind, option(options, '-S')))
  const sizes = sizePrinter(option(options, '--units') ?? 'h', !options.values.has('--nosuffix'))
  const stdout =
    option(options, '--reportformat') === 'json'
      ? printJson(kind, columns, wanted, sizes)
      : printText(kind, columns, wanted, sizes, options)
  return { code: problems === '' ? 0 : 5, stdout, stderr: problems }
}

function columnsOf(options: Options, kind: Kind): string[] {
  const asked = options.values.get('-o')
  if (!asked) return kind.columns.split(',')
  const names = asked.join(',')
  const all = names.startsWith('+') ? `${kind.columns},${names.slice(1)}` : names
  // `lv_` and friends may be left out, as in `lvs -o name,size`.
  return all
    .split(',')
    .map((name) =>
      kind.fields[name] || !kind.fields[`${kind.key}_${name}`] ? name : `${kind.key}_${name}`,
    )
}

function findRows(machine: Machine, kind: Kind, words: readonly string[]) {
  if (words.length === 0) return { rows: allRows(machine, kind), problems: '' }
  const rows: Row[] = []
  let problems = ''
  for (const word of words) {
    if (kind.key === 'pv') {
      const found = allRows(machine, kind).filter((row) => `/dev/${row.disk}` === word)
      if (found.length === 0) problems += `  Failed to find physical volume "${word}".\n`
      rows.push(...found)
      continue
    }
    const { group: groupName, volume } = splitVolumeName(word)
    const group = findGroup(machine, groupName)
    if (!group) {
      problems += `  Volume group "${groupName}" not found\n  Cannot process volume group ${groupName}\n`
    } else if (volume === undefined) {
      rows.push(...allRows(machine, kind).filter((row) => row.group === group))
    } else if (!group.volumes.has(volume)) {
      problems += `  Failed to find logical volume "${groupName}/${volume}"\n`
    } else {
      rows.push(
        ...allRows(machine, kind).filter(
          (row) => row.volume?.name === volume && row.group === group,
        ),
      )
    }
  }
  return { rows, problems }
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

function allRows(machine: Machine, kind: Kind): Row[] {
  const groups = [...machine.groups.values()]
    .filter((group) => findGroup(machine, group.name))
    .sort(byName)
  if (kind.key === 'vg') return groups.map((group) => ({ machine, group }))
  if (kind.key === 'pv') {
    const inGroups = groups.flatMap((group) =>
      group.disks.map((disk) => ({ machine, group, disk })),
    )
    const orphans = [...machine.disks].flatMap(([disk, { signatures, failed }]) => {
      const isMember = signatures.some(({ type }) => type === 'LVM2_member') && !failed
      const isFree = ![...machine.groups.values()].some(({ disks }) => disks.includes(disk))
      return isMember && isFree ? [{ machine, disk }] : []
    })
    return [...inGroups, ...orphans]
  }
  return groups.flatMap((group) => {
    const volumes = [...group.volumes.values()].sort(byName)
    const origins = new Set(
      volumes.flatMap(({ kind, origin }) => (kind === 'snapshot' && origin ? [origin] : [])),
    )
    return volumes.map((volume) => ({ machine, group, volume, origins }))
  })
}

/** The part of --select that scripts use: `a=b`, `a!=b`, `a=~b`, `tags={x}`, joined by && or comma. */
function selected(row: Row, kind: Kind, condition: string | undefined): boolean {
  if (!condition) return true
  return condition.split(/&&|,/).every((part) => {
    const match = /^\s*(\w+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/.exec(part)
    const print = match && kind.fields[match[1] ?? '']?.print
    if (!match || !print) return false
    const value = print(row, sizePrinter('b', true))
    const wanted = (match[3] ?? '').replace(/^["'{]+|["'}]+$/g, '')
    if (match[2] === '=~') return new RegExp(wanted).test(value)
    if (match[2] === '!~') return !new RegExp(wanted).test(value)
    const equal = value === wanted || value.split(',').includes(wanted)
    return match[2] === '=' ? equal : !equal
  })
}

function printJson(kind: Kind, columns: readonly string[], rows: readonly Row[], sizes: Sizes) {
  const lines = rows.map((row) => {
    const cells = columns.map(
      (name) => `"${name}":${JSON.stringify(kind.fields[name]?.print(row, sizes) ?? '')}`,
    )
    return `                  {${cells.join(', ')}}`
  })
  const list = lines.length === 0 ? '' : `${lines.join(',\n')}\n`
  return `  {\n      "report": [\n          {\n              "${kind.key}": [\n${list}              ]\n          }\n      ]\n  }\n`
}

function printText(
  kind: Kind,
  columns: readonly string[],
  rows: readonly Row[],
  sizes: Sizes,
  options: Options,
): string {
  const fields = columns.flatMap((name) => kind.fields[name] ?? [])
  const cells = rows.map((row) => fields.map((field) => field.print(row, sizes)))
  if (cells.length === 0) return ''
  const separator = option(options, '--separator')
  const isPlain = separator !== undefined
  if (!options.values.has('--noheadings')) {
    cells.unshift(fields.map(({ heading }) => (isPlain ? heading.trim() : heading)))
  }
  if (separator !== undefined) return cells.map((line) => `  ${line.join(separator)}\n`).join('')
  const widths = fields.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)))
  return cells
    .map((line, row) => {
      const isHeading = row === 0 && !options.values.has('--noheadings')
      const padded = line.map((text, at) =>
        fields[at]?.right && !isHeading
          ? text.padStart(widths[at] ?? 0)
          : text.padEnd(widths[at] ?? 0),
      )
      return `  ${padded.join(' ')}\n`
    })
    .join('')
}
