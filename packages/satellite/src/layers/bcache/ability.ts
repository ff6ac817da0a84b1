/** Whether this machine can put bcache in front of storage. */
import type { Ability } from '@varve/events'
import type { Host } from '../../host/host.ts'
import { problemOf } from '../../storage/look.ts'
import { registerPath } from './names.ts'

const lookMs = 10_000

export async function findBcache(host: Host): Promise<Ability> {
  const tool = await host.run(['make-bcache', '--help'], { timeoutMs: lookMs })
  if (tool.problem) return no(`${problemOf(tool)}: install bcache-tools`)
  if (await host.exists(registerPath)) return { able: true }
  await host.run(['modprobe', 'bcache'], { timeoutMs: lookMs })
  if (await host.exists(registerPath)) return { able: true }
  return no('the kernel has no bcache, and modprobe bcache found none: install the module')
}

const no = (reason: string): Ability => ({ able: false, reason })
