/** dmsetup 1.02: what device-mapper has, as far as its lists are asked for. */
import type { Machine } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { type Mapping, mappingUuid } from './model.ts'

const options = optionTable(
  '--target=',
  '-c|-C|--columns',
  '--noheadings',
  '--separator=',
  '-o|--options=',
)

export function dmsetup(call: Call): Output {
  const given = readOptions(call.args, options)
  if (given.unknown) return fail(1, `dmsetup: unrecognized option '${given.unknown}'`)
  const [action = ''] = given.words
  switch (action) {
    case 'targets':
      return ok(targetsOf(call.machine))
    case 'table':
      return listed([...call.machine.crypts.values()].map(tableLine))
    case 'info':
      return info(call.machine, option(given, '--separator') ?? ':', option(given, '-o') ?? '')
    default:
      return fail(1, `dmsetup: Unknown command ${action}`)
  }
}

function targetsOf({ modules }: Machine): string {
  const crypt = modules.has('dm_crypt') ? 'crypt            v1.24.0\n' : ''
  return `${crypt}thin-pool        v1.22.0\nlinear           v1.4.0\nerror            v1.5.0\n`
}

const listed = (lines: readonly string[]) =>
  ok(lines.length === 0 ? 'No devices found\n' : `${lines.join('\n')}\n`)

function tableLine({ name, luks, below, allowsDiscards }: Mapping): string {
  const key = `:64:logon:cryptsetup:${luks.uuid}-d0`
  const discards = allowsDiscards ? ' 1 allow_discards' : ''
  const where = `${below.major}:${below.minor} ${luks.headerKib * 2}`
  return `${name}: 0 ${luks.inner.sizeKib * 2} crypt aes-xts-plain64 ${key} 0 ${where}${discards}`
}

function info(machine: Machine, separator: string, columns: string): Output {
  if (columns !== 'name,uuid') return fail(1, 'dmsetup: unrecognized option in --options')
  const volumes = [...machine.groups.values()].flatMap((group) =>
    [...group.volumes.values()]
      .filter((volume) => volume.active)
      .map((volume) => {
        const name = volume.device.path.replaceAll('-', '--').replace('/', '-')
        return `${name}${separator}LVM-${name}`
      }),
  )
  const crypts = [...machine.crypts.values()].map(
    (mapping) => `${mapping.name}${separator}${mappingUuid(mapping)}`,
  )
  return listed([...volumes, ...crypts])
}
