/** What properties there are at each level, for clients that complete and explain them. */
import { describeKind, type PropertyLevel, type PropertyRow, propertyRowsOf } from '@varve/events'
import { json, type Route, read } from '../route.ts'

/** LINSTOR's names of levels, and the paths that it tells them under. */
const levels: readonly (readonly [PropertyLevel, string, string])[] = [
  ['controller', 'CONTROLLER', 'controller'],
  ['node', 'NODE', 'nodes'],
  ['storage-pool-definition', 'STORAGEPOOL_DEFINITION', 'storage-pool-definitions'],
  ['storage-pool', 'STORAGEPOOL', 'nodes/{node}/storage-pools'],
  ['resource-group', 'RESOURCE_GROUP', 'resource-groups'],
  ['volume-group', 'VOLUME_GROUP', 'resource-groups/{resource_group}/volume-groups'],
  ['resource-definition', 'RESOURCE_DEFINITION', 'resource-definitions'],
  ['volume-definition', 'VOLUME_DEFINITION', 'resource-definitions/{resource}/volume-definitions'],
  ['resource', 'RESOURCE', 'resource-definitions/{resource}/resources'],
  ['volume', 'VOLUME', 'resource-definitions/{resource}/resources/{node}/volumes'],
  ['resource-connection', 'RSC_CONN', 'resource-definitions/{resource}/resource-connections'],
]

export const propertyInfoRoutes: readonly Route[] = [
  ...levels.map(([level, , path]) =>
    read(`/v1/${path}/properties/info`, `Properties of the level ${level}`, () =>
      json(propertiesOf(level)),
    ),
  ),
  read('/v1/controller/properties/info/all', 'Properties of all levels', () =>
    json(Object.fromEntries(levels.map(([level, name]) => [name, propertiesOf(level)]))),
  ),
]

function propertiesOf(level: PropertyLevel): object {
  const rows = propertyRowsOf(level).filter(({ writer }) => writer === 'user')
  return Object.fromEntries(rows.map((row) => [row.key, infoOf(row)]))
}

/** LINSTOR's words for kinds of values. */
const types = {
  text: 'string',
  pattern: 'regex',
  options: 'string',
  choice: 'symbol',
  boolean: 'boolean',
  integer: 'range',
  number: 'range_float',
  'choice-or-integer': 'numeric_or_symbol',
  ranges: 'regex',
} as const satisfies Record<PropertyRow['value']['kind'], string>

function infoOf(row: PropertyRow): object {
  const isPlain = row.value.kind === 'boolean' && row.value.form === 'true-false'
  return {
    info: row.help,
    prop_type: isPlain ? 'boolean_true_false' : types[row.value.kind],
    value: describeKind(row.value),
    dflt: row.default ?? row.defaultText,
    unit: row.unit,
  }
}
