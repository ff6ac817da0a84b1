/** The placement filter of resource groups and requests (LINSTOR's AutoSelectFilter). */
import { z } from 'zod'
import { Layer, Provider } from './kinds.ts'
import { DefinitionName, NodeName, PoolName } from './names.ts'

export const SelectFilter = z.strictObject({
  placeCount: z.int().min(1).max(32).optional(),
  additionalPlaceCount: z.int().min(0).max(32).optional(),
  nodes: z.array(NodeName).optional(),
  pools: z.array(PoolName).optional(),
  disklessPools: z.array(PoolName).optional(),
  notPlaceWith: z.array(DefinitionName).optional(),
  notPlaceWithRegex: z.string().optional(),
  replicasOnSame: z.array(z.string().min(1)).optional(),
  replicasOnDifferent: z.array(z.string().min(1)).optional(),
  xReplicasOnDifferent: z.record(z.string(), z.int().min(1)).optional(),
  layers: z.array(Layer).optional(),
  providers: z.array(Provider).optional(),
  disklessOnRemaining: z.boolean().optional(),
  /** Set: place diskless resources instead of diskful ones. */
  disklessType: z.enum(['DRBD', 'NVME']).optional(),
  portCount: z.int().min(1).max(16).optional(),
})
export type SelectFilter = z.infer<typeof SelectFilter>

/** Field-wise merge: what the request sets wins, also when it is an empty list (reference 7.1). */
export function mergeFilters(group: SelectFilter, request: SelectFilter): SelectFilter {
  const given = Object.entries(request).filter(([, value]) => value !== undefined)
  return { ...group, ...Object.fromEntries(given) }
}
