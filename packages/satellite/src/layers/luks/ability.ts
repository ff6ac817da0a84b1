/** Whether this machine can encrypt; every "no" comes with what a person can do about it. */
import type { Ability } from '@varve/events'
import type { Host } from '../../host/host.ts'
import { problemOf } from '../../storage/look.ts'

const lookMs = 10_000

/** LUKS2 with headers of 16 MiB came with 2.1; what is older would put data elsewhere. */
const oldest = [2, 1] as const

export async function findLuks(host: Host): Promise<Ability> {
  const look = (...argv: string[]) => host.run(argv, { timeoutMs: lookMs })
  const tool = await look('cryptsetup', '--version')
  if (tool.exitCode !== 0) return no(`${problemOf(tool)}: install cryptsetup-bin`)
  const version = /cryptsetup (\d+)\.(\d+)(\.\d+)?/.exec(tool.stdout)
  const [whole = '', major, minor] = version ?? []
  const isOld =
    Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1])
  if (!version || isOld) {
    return no(`${whole || 'cryptsetup'} is older than ${oldest.join('.')}: install a newer one`)
  }
  if (await hasTarget(host)) return { able: true, version: whole.replace('cryptsetup ', '') }
  await look('modprobe', '--all', 'dm-crypt', 'xts')
  if (await hasTarget(host)) return { able: true, version: whole.replace('cryptsetup ', '') }
  return no('the kernel has no dm-crypt, and modprobe dm-crypt found none: install the module')
}

async function hasTarget(host: Host): Promise<boolean> {
  const targets = await host.run(['dmsetup', 'targets'], { timeoutMs: lookMs })
  return targets.exitCode === 0 && /^crypt\s/m.test(targets.stdout)
}

const no = (reason: string): Ability => ({ able: false, reason })
