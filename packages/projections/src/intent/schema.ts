/**
 * A cluster's intent as a document: what people asked for, without what the control plane chose or
 * measured (minors, ports, node-ids). The fields are those of the commands that make the objects.
 */
import {
  commands,
  DefinitionName,
  GroupName,
  NetInterfaceName,
  NodeName,
  PoolName,
  Props,
} from '@varve/events'
import { z } from 'zod'

/** Where they are given they are all of the object's properties; left out, they stay as they are. */
const properties = Props.optional()
const numbered = z.string().regex(/^\d{1,5}$/, 'a volume number')

const GroupIntent = commands['resource-group.create'].omit({ group: true, props: true }).extend({
  properties,
  volumeGroups: z
    .record(numbered, z.strictObject({ gross: z.boolean().optional(), properties }))
    .optional(),
})

const DefinitionIntent = commands['resource-definition.create']
  .omit({ definition: true, props: true, port: true })
  .extend({
    properties,
    volumes: z
      .record(
        numbered,
        commands['volume-definition.create']
          .pick({ sizeKib: true, gross: true })
          .extend({ properties }),
      )
      .optional(),
    resources: z
      .record(
        NodeName,
        commands['resource.create'].pick({ kind: true, pool: true }).extend({ properties }),
      )
      .optional(),
  })

export const Intent = z.strictObject({
  properties,
  nodes: z
    .record(
      NodeName,
      commands['node.create'].pick({ kind: true }).extend({
        properties,
        interfaces: z.record(
          NetInterfaceName,
          commands['net-interface.create'].pick({ address: true, port: true }),
        ),
      }),
    )
    .optional(),
  storagePoolDefinitions: z.record(PoolName, z.strictObject({ properties })).optional(),
  storagePools: z
    .record(
      NodeName,
      z.record(
        PoolName,
        commands['storage-pool.create']
          .omit({ node: true, pool: true, props: true })
          .extend({ properties }),
      ),
    )
    .optional(),
  resourceGroups: z.record(GroupName, GroupIntent).optional(),
  resourceDefinitions: z.record(DefinitionName, DefinitionIntent).optional(),
})
export type Intent = z.output<typeof Intent>
export type Section = keyof Intent
