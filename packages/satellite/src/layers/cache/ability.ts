/** Whether this machine's kernel can put a cache in front of storage. */
import type { Ability } from '@varve/events'
import type { Host } from '../../host/host.ts'
import { problemOf } from '../../storage/look.ts'

const lookMs = 10_000

type CacheLayer = { readonly target: string; readonly modules: readonly string[] }

const layers = {
  WRITECACHE: { target: 'writecache', modules: ['dm-writecache'] },
  CACHE: { target: 'cache', modules: ['dm-cache', 'dm-cache-smq'] },
} as const satisfies Record<string, CacheLayer>

export async function findCache(host: Host, layer: keyof typeof layers): Promise<Ability> {
  const { target, modules } = layers[layer]
  const first = await versionOf(host, target)
  if (first.able) return first
  await host.run(['modprobe', '--all', ...modules], { timeoutMs: lookMs })
  return versionOf(host, target, `modprobe ${modules.join(' ')} found none: install the module`)
}

async function versionOf(host: Host, target: string, remedy = ''): Promise<Ability> {
  const targets = await host.run(['dmsetup', 'targets'], { timeoutMs: lookMs })
  if (targets.exitCode !== 0) {
    return { able: false, reason: `${problemOf(targets)}: install dmsetup` }
  }
  const found = new RegExp(`^${target}\\s+v(\\S+)`, 'm').exec(targets.stdout)
  if (found?.[1] !== undefined) return { able: true, version: found[1] }
  return { able: false, reason: `the kernel has no dm-${target}, and ${remedy}` }
}
