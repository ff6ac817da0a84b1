/** Subsystems with names like ours that no document desires: told, never taken away. */
import type { DesiredResource, Drift } from '@varve/events'
import type { Inventory } from '../../core/inventory.ts'
import { subsystemName } from './names.ts'

export function nvmeDrift(documents: readonly DesiredResource[], inventory: Inventory): Drift[] {
  const offered = new Set<string>()
  const used = new Set<string>()
  for (const { nvme, resource } of documents) {
    if (nvme) (nvme.role === 'target' ? offered : used).add(subsystemName(resource))
  }
  const strays = [...inventory.nvmeSubsystems.keys()].filter((name) => !offered.has(name))
  const connections = [...inventory.nvmeConnections.keys()].filter((name) => !used.has(name))
  return [
    ...strays.map((name) => row(name, 'nvmet', 'offered over NVMe, and no document desires that')),
    ...connections.map((name) => row(name, 'nvme', 'connected, and no document desires that')),
  ]
}

const row = (name: string, where: string, detail: string): Drift => ({
  kind: 'mapping',
  name,
  where,
  detail,
})
