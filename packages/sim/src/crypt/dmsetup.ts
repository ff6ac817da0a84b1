/** dmsetup 1.02: what device-mapper has, as far as its lists are asked for. */
import { changeCached, statusLines, tableLines } from '../cache/dmsetup.ts'
import type { Machine } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { type Mapping, mappingUuid } from './model.ts'

const options = optionTable(
  '--target=',
  '-c|-C|--columns',
  '--noheadings',
  '--separator=',
  '-o|--options=',
  '-u|--uuid=',
  '--table=',
  '--retry',
  '--noflush',
)

export function dmsetup(call: Call): Output {
  const given = readOptions(call.args, options)
  if (given.unknown) return fail(1, `dmsetup: unrecognized option '${given.unknown}'`)
  const [action = ''] = given.words
  switch (action) {
    case 'targets':
      return ok(targetsOf(call.machine))
    case 'table':
      return listed([
        ...[...call.machine.crypts.values()].map(tableLine),
        ...(given.values.has('--target') ? [] : tableLines(call.machine)),
      ])
    case 'status':
      return given.words.length > 1
        ? (changeCached(call, given) ?? fail(1, 'dmsetup: Unknown command'))
        : listed([
            ...[...call.machine.crypts.values()].map(statusLine),
            ...statusLines(call.machine),
          ])
    case 'info':
      return info(call.machine, option(given, '--separator') ?? ':', option(given, '-o') ?? '')
    default:
      return changeCached(call, given) ?? fail(1, `dmsetup: Unknown command ${action}`)
  }
}

function targetsOf({ modules }: Machine): string {
  const crypt = modules.has('dm_crypt') ? 'crypt            v1.24.0\n' : ''
  const caches = [
    modules.has('dm_cache') && modules.has('dm_cache_smq') ? 'cache            v2.3.0\n' : '',
    modules.has('dm_writecache') ? 'writecache       v1.6.0\n' : '',
  ].join('')
  return `${crypt}${caches}thin-pool        v1.22.0\nlinear           v1.4.0\nerror            v1.5.0\n`
}

const listed = (lines: readonly string[]) =>
  ok(lines.length === 0 ? 'No devices found\n' : `${lines.join('\n')}\n`)

const statusLine = ({ name, luks }: Mapping) => `${name}: 0 ${luks.inner.sizeKib * 2} crypt `

function tableLine({ name, luks, below, allowsDiscards }: Mapping): string {
  const key = `:64:logon:cryptsetup:${luks.uuid}-d0`
  const discards = allowsDiscards ? ' 1 allow_discards' : ''
  const where = `${below.major}:${below.minor} ${luks.headerKib * 2}`
  return `${name}: 0 ${luks.inner.sizeKib * 2} crypt aes-xts-plain64 ${key} 0 ${where}${discards}`
}

function info(machine: Machine, separator: string, columns: string): Output {
  if (!/^name,uuid(,suspended)?$/.test(columns)) {
    return fail(1, 'dmsetup: unrecognized option in --options')
  }
  const state = columns.endsWith('suspended') ? `${separator}Active` : ''
  const line = (name: string, uuid: string) => `${name}${separator}${uuid}${state}`
  const volumes = [...machine.groups.values()].flatMap((group) =>
    [...group.volumes.values()]
      .filter((volume) => volume.active)
      .map((volume) => {
        const name = volume.device.path.replaceAll('-', '--').replace('/', '-')
        return line(name, `LVM-${name}`)
      }),
  )
  const crypts = [...machine.crypts.values()].map((each) => line(each.name, mappingUuid(each)))
  const cached = [...machine.cached.values()].map(({ name, uuid }) => line(name, uuid))
  return listed([...volumes, ...crypts, ...cached])
}
