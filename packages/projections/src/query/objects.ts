/** One object with everything that is known about it, and what a client needs to ask for one. */
import {
  definitionOf,
  devicePoolOf,
  groupOf,
  nodeOf,
  type PropertyLevel,
  poolOf,
  propertyRowsOf,
  propsOf,
  resourceOf,
  snapshotOf,
  VolumeNumber,
  volumeDefinitionOf,
  volumeOf,
} from '@varve/events'
import { z } from 'zod'
import { findObject } from '../object.ts'
import { nodeDetail } from '../views/node.ts'
import { operationRow } from '../views/operation.ts'
import { devicePoolRow } from '../views/physical-storage.ts'
import { resourceDetail } from '../views/resource.ts'
import { resourceDefinitionDetail, volumeDefinitionDetail } from '../views/resource-definition.ts'
import { resourceGroupDetail } from '../views/resource-group.ts'
import { snapshotDetail } from '../views/snapshot.ts'
import { storagePoolDetail } from '../views/storage-pool.ts'
import { volumeDetail } from '../views/volume.ts'
import { defineQuery, notFound, type Query } from './define.ts'
import { nameKinds, namesOf, nearestName } from './names.ts'

const name = z.string()
const number = VolumeNumber

/** Levels in the spelling of the property table. */
const level = z.enum([
  'controller',
  'node',
  'storage-pool-definition',
  'storage-pool',
  'resource-group',
  'volume-group',
  'resource-definition',
  'volume-definition',
  'resource',
  'volume',
] satisfies PropertyLevel[])

export const objectQueries = {
  node: defineQuery(z.strictObject({ node: name }), (world, { node }) => {
    const found = nodeOf(world.state, node)
    return found ? nodeDetail(world, found) : notFound('node', node)
  }),
  'storage-pool': defineQuery(z.strictObject({ node: name, pool: name }), (world, args) => {
    const found = poolOf(world.state, args.node, args.pool)
    return found
      ? storagePoolDetail(world, found)
      : notFound('storage pool', `${args.pool} on ${args.node}`)
  }),
  'device-pool': defineQuery(z.strictObject({ node: name, backing: name }), (world, args) => {
    const found = devicePoolOf(world.state, args.node, args.backing)
    return found ? devicePoolRow(found) : notFound('device pool', `${args.backing} on ${args.node}`)
  }),
  'resource-group': defineQuery(z.strictObject({ group: name }), (world, { group }) => {
    const found = groupOf(world.state, group)
    return found ? resourceGroupDetail(world, found) : notFound('resource group', group)
  }),
  'resource-definition': defineQuery(z.strictObject({ definition: name }), (world, args) => {
    const found = definitionOf(world.state, args.definition)
    return found
      ? resourceDefinitionDetail(world, found)
      : notFound('resource definition', args.definition)
  }),
  'volume-definition': defineQuery(z.strictObject({ definition: name, number }), (world, args) => {
    const found = volumeDefinitionOf(world.state, args.definition, args.number)
    return found
      ? volumeDefinitionDetail(found)
      : notFound('volume definition', `${args.number} of ${args.definition}`)
  }),
  resource: defineQuery(z.strictObject({ definition: name, node: name }), (world, args) => {
    const found = resourceOf(world.state, args.definition, args.node)
    return found
      ? resourceDetail(world, found)
      : notFound('resource', `${args.definition} on ${args.node}`)
  }),
  volume: defineQuery(z.strictObject({ definition: name, node: name, number }), (world, args) => {
    const found = volumeOf(world.state, args.definition, args.node, args.number)
    return found
      ? volumeDetail(world, found)
      : notFound('volume', `${args.number} of ${args.definition} on ${args.node}`)
  }),
  snapshot: defineQuery(z.strictObject({ definition: name, snapshot: name }), (world, args) => {
    const found = snapshotOf(world.state, args.definition, args.snapshot)
    return found
      ? snapshotDetail(found)
      : notFound('snapshot', `${args.snapshot} of ${args.definition}`)
  }),
  operation: defineQuery(z.strictObject({ operation: name }), (world, { operation }) => {
    const found = world.state.operations.get(operation)
    return found ? operationRow(world, found) : notFound('running operation', operation)
  }),
  properties: defineQuery(z.strictObject({ object: name }), (world, { object }) => {
    const reference = findObject(world, object)
    const props = reference && propsOf(world.state, reference)
    if (!props || !reference) return notFound('object', object)
    const shown = Object.entries(props).filter(([key]) => !key.startsWith('SED/'))
    return { object: reference, props: Object.fromEntries(shown) }
  }),
  'property-keys': defineQuery(z.strictObject({ level }), (_, args) => ({
    rows: propertyRowsOf(args.level),
  })),
  names: defineQuery(
    z.strictObject({
      kind: z.enum(nameKinds),
      prefix: z.string().default(''),
      limit: z.int().min(1).max(1000).default(200),
    }),
    (world, args) => ({ names: namesOf(world.state, args) }),
  ),
  'nearest-name': defineQuery(
    z.strictObject({ kind: z.enum(nameKinds), word: name }),
    (world, args) => ({ name: nearestName(world.state, args) }),
  ),
} as const satisfies Record<string, Query>
