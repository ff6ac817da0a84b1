/** Whether this machine can offer storage over NVMe, and use it. */
import type { Ability } from '@varve/events'
import type { Host } from '../../host/host.ts'
import { problemOf } from '../../storage/look.ts'
import { nvmetDirectory } from './names.ts'

const lookMs = 10_000

/** Both sides: a target of today may use another's volumes tomorrow. RDMA is loaded when asked for. */
const modules = ['nvmet', 'nvmet-tcp', 'nvme-fabrics', 'nvme-tcp'] as const

export async function findNvme(host: Host): Promise<Ability> {
  const tool = await host.run(['nvme', 'version'], { timeoutMs: lookMs })
  if (tool.exitCode !== 0) return no(`${problemOf(tool)}: install nvme-cli`)
  if ((await missingOf(host)).length > 0) {
    await host.run(['modprobe', '--all', 'configfs', ...modules], { timeoutMs: lookMs })
  }
  const missing = await missingOf(host)
  if (missing.length > 0) {
    return no(
      `the kernel has no ${missing.join(', ')}, and modprobe found none: install the module`,
    )
  }
  if (!(await host.exists(nvmetDirectory))) {
    return no('there is no /sys/kernel/config/nvmet: mount -t configfs none /sys/kernel/config')
  }
  const version = /nvme version (\S+)/.exec(tool.stdout)?.[1]
  return version === undefined ? { able: true } : { able: true, version }
}

/** What is built into the kernel is listed as well, as long as it has anything to set. */
async function missingOf(host: Host): Promise<string[]> {
  const loaded = new Set(await host.list('/sys/module'))
  return modules.filter((name) => !loaded.has(name.replaceAll('-', '_')))
}

const no = (reason: string): Ability => ({ able: false, reason })
