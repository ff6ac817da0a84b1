/** nvme-cli 2.3: connecting to what others offer, and letting go. */
import type { Machine } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { reach, rescan } from './link.ts'
import type { Controller } from './model.ts'

const options = optionTable(
  '-t|--transport=',
  '-n|--nqn=',
  '-a|--traddr=',
  '-s|--trsvcid=',
  '-q|--hostnqn=',
)

export function nvme(call: Call): Output {
  const [verb = '', ...args] = call.args
  if (verb === 'version') return ok('nvme version 2.3 (git 2.3)\nlibnvme version 1.3 (git 1.3)\n')
  const given = readOptions(args, options)
  const name = option(given, '-n')
  if (given.unknown || name === undefined) {
    return fail(1, `nvme: unrecognized option '${given.unknown ?? verb}'`)
  }
  const { controllers } = call.machine.nvme
  if (verb === 'disconnect') {
    const isThere = controllers.delete(name)
    return ok(`NQN:${name} disconnected ${isThere ? 1 : 0} controller(s)\n`)
  }
  if (verb !== 'connect') return fail(1, `ERROR: Invalid command '${verb}'`)
  if (!call.machine.modules.has('nvme_fabrics')) {
    return fail(1, 'Failed to open /dev/nvme-fabrics: No such file or directory')
  }
  if (controllers.has(name)) return fail(1, 'already connected')
  const problem = connect(call.machine, {
    subsystem: name,
    address: option(given, '-a') ?? '',
    service: option(given, '-s') ?? '4420',
    host: option(given, '-q') ?? '',
  })
  if (problem === undefined) return ok(`connecting to device: ${controllers.get(name)?.name}\n`)
  const last = 'could not add new controller: failed to write to nvme-fabrics device'
  return fail(1, `Failed to write to /dev/nvme-fabrics: ${problem}\n${last}`)
}

function connect(
  machine: Machine,
  wanted: Pick<Controller, 'subsystem' | 'address' | 'service' | 'host'>,
): string | undefined {
  const found = reach(machine, wanted)
  if (typeof found === 'string') return found
  const { controllers } = machine.nvme
  const used = new Set([...controllers.values()].map(({ index }) => index))
  const disks = [...machine.disks.keys()].join(' ')
  let index = 0
  while (used.has(index) || disks.includes(`nvme${index}n`)) index += 1
  const { serial } = found.offered
  const controller = { ...wanted, index, name: `nvme${index}`, serial, namespaces: new Map() }
  controllers.set(wanted.subsystem, controller)
  rescan(machine, controller)
  return undefined
}
