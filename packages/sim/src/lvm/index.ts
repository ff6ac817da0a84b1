/** The lvm2 tools by name. */
import { type Call, fail, type Output, ok, type Tool } from '../tool.ts'
import { lvchange, lvconvert, lvremove, lvrename, lvresize } from './change.ts'
import { lvcreate } from './create.ts'
import { pvcreate, pvremove, vgcreate, vgremove } from './group.ts'
import { report } from './report.ts'

export const lvmTools: Readonly<Record<string, Tool>> = {
  lvs: withVersion(report),
  vgs: withVersion(report),
  pvs: withVersion(report),
  lvcreate: withVersion(lvcreate),
  lvchange: withVersion(lvchange),
  lvextend: withVersion(lvresize),
  lvreduce: withVersion(lvresize),
  lvresize: withVersion(lvresize),
  lvremove: withVersion(lvremove),
  lvrename: withVersion(lvrename),
  lvconvert: withVersion(lvconvert),
  vgcreate,
  vgremove,
  pvcreate,
  pvremove,
  vgscan: () => ok(),
  pvscan: () => ok(),
  vgchange: activateGroup,
  lvm: (call) => {
    const [name = '', ...args] = call.args
    if (name === 'version') return ok(version)
    const tool = lvmTools[name]
    return tool
      ? tool({ ...call, name, args })
      : fail(3, `  No such command '${name}'.  Try 'help'.`)
  },
}

const version =
  '  LVM version:     2.03.16(2) (2022-05-18)\n' +
  '  Library version: 1.02.185 (2022-05-18)\n' +
  '  Driver version:  4.47.0\n'

function withVersion(tool: (call: Call) => Output): Tool {
  return (call) => (call.args.includes('--version') ? ok(version) : tool(call))
}

function activateGroup(call: Call): Output {
  const on = call.args.some((arg) => /^-ay$|^--activate=?y?$/.test(arg)) && !call.args.includes('n')
  const group = call.machine.groups.get(call.args.at(-1) ?? '')
  const groups = group ? [group] : [...call.machine.groups.values()]
  for (const each of groups) {
    for (const volume of each.volumes.values()) {
      if (on && !volume.skipActivation) volume.active = true
      if (!on && volume.device.openers.size === 0) volume.active = false
    }
  }
  return ok()
}
