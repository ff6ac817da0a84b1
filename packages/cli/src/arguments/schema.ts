/**
 * Flags from the schemas of the commands: a field that is not given by position becomes an option,
 * so that the command line knows every argument of the language without naming it.
 */
import { Secret, SelectFilter } from '@varve/events'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { readNumber, readPair, readSize, withAux } from './values.ts'

type Field = {
  readonly name: string
  readonly flag: string
  readonly form: 'flag' | 'text' | 'number' | 'texts' | 'numbers' | 'counts'
  readonly choices?: readonly string[]
  readonly help: string
}

/** LINSTOR's names where ours differ from the field's. */
const flagNames: Readonly<Record<string, string>> = {
  pools: 'storage-pool',
  pool: 'storage-pool',
  disklessPools: 'diskless-storage-pool',
  notPlaceWith: 'do-not-place-with',
  notPlaceWithRegex: 'do-not-place-with-regex',
  layers: 'layer-list',
  group: 'resource-group',
  definition: 'resource-definition',
}

const helps: Readonly<Record<string, string>> = {
  fenced: 'recorded waiver: the node, which is away, is off for certain',
  acceptDataLoss: 'recorded waiver: delete even the last good copy',
  additionalPlaceCount: 'replicas beyond those that exist',
  base: 'older snapshot that both nodes have; the newest that fits when left out',
  definitionsOnly: 'define, but place nothing',
  disklessOnRemaining: 'diskless resources on all other nodes',
  externalName: 'any text to find it by',
  externalLocking: 'somebody else locks the shared storage',
  from: 'node that sends it; chosen when left out',
  full: 'send everything, whatever the node has already',
  gross: 'the size includes metadata',
  leaveSnapshots: 'snapshots of the source stay on its node; without it they go along',
  layers: 'layers from top to bottom, parted by commas',
  lvCreateArguments: 'more options for lvcreate, which makes the thin pool',
  minor: 'DRBD minor; chosen when left out',
  netInterface: 'name of the first net interface',
  newSecret: 'give its connections another shared secret, or a first one',
  nodeId: 'DRBD node-id; chosen when left out',
  nodes: 'only these nodes',
  notPlaceWith: 'not on nodes that have one of these resources',
  notPlaceWithRegex: 'not on nodes that have a resource with such a name',
  partial: 'accept sizes for some of the volume groups',
  peerSlots: 'peers that new metadata has room for',
  placeCount: 'diskful replicas to have',
  pools: 'only these storage pools',
  port: 'TCP port',
  poolName: 'name of the volume group, thin pool or zpool; chosen when left out',
  ports: 'DRBD ports; chosen when left out',
  providers: 'only pools of these providers',
  pvCreateArguments: 'more options for pvcreate',
  replicasOnDifferent: 'properties that all replicas differ in',
  replicasOnSame: 'properties that all replicas share',
  sharedSpace: 'name of storage that several nodes share',
  vgCreateArguments: 'more options for vgcreate',
  xReplicasOnDifferent: 'property=count: at most so many with one value',
  zpoolCreateArguments: 'more options for zpool create',
}

/** Handled apart: properties and the placement filter. */
const grouped = ['props', 'setProps', 'deleteProps', 'deleteNamespaces', 'filter']

/** Fields of an object schema that become options. */
function fieldsOf(schema: z.ZodObject, byPosition: readonly string[]): Field[] {
  return (
    Object.entries(schema.shape)
      .filter(([name]) => !byPosition.includes(name) && !grouped.includes(name))
      // What stands on a command line is read by everybody: secret/fields.ts has other ways.
      .filter(([, type]) => !isSecret(unwrap(type)))
      .map(([name, type]) => fieldOf(name, unwrap(type)))
  )
}

/** Adds the options of a command: its own fields, properties, placement. */
export function addOptions(command: Command, schema: z.ZodObject, byPosition: readonly string[]) {
  const has = (name: string) => Object.hasOwn(schema.shape, name)
  for (const field of fieldsOf(schema, byPosition)) command.addOption(optionOf(field))
  if (has('filter')) {
    for (const field of fieldsOf(SelectFilter, [])) command.addOption(optionOf(field))
  }
  if (has('props') || has('setProps')) {
    command.option('--set <key=value>', 'set a property (may be repeated)', collect, [])
  }
  if (has('deleteProps')) {
    command.option('--unset <key>', 'delete a property (may be repeated)', collect, [])
    command.option('--unset-namespace <prefix>', 'delete all properties below', collect, [])
  }
}

/** Values of the options as the schema wants them; what was not given stays away. */
export function readOptions(
  schema: z.ZodObject,
  byPosition: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const has = (name: string) => Object.hasOwn(schema.shape, name)
  const args = readFields(fieldsOf(schema, byPosition), given)
  if (has('filter')) {
    const filter = readFields(fieldsOf(SelectFilter, []), given)
    if (Object.keys(filter).length > 0) args.filter = filter
  }
  const set = Object.fromEntries(texts(given.set).map(readPair))
  if (Object.keys(set).length > 0) args[has('setProps') ? 'setProps' : 'props'] = set
  if (texts(given.unset).length > 0) args.deleteProps = texts(given.unset)
  if (texts(given.unsetNamespace).length > 0) args.deleteNamespaces = texts(given.unsetNamespace)
  return args
}

function readFields(fields: readonly Field[], given: Readonly<Record<string, unknown>>) {
  const args: Record<string, unknown> = {}
  for (const field of fields) {
    const value = given[camel(field.flag)]
    if (value !== undefined) args[field.name] = readValue(field, value)
  }
  return args
}

function readValue(field: Field, value: unknown): unknown {
  if (field.form === 'flag') return value === true
  const text = String(value)
  const parts = text.split(',').map((part) => part.trim())
  switch (field.form) {
    case 'number':
      return field.name.endsWith('Kib') ? readSize(text) : readNumber(field.flag, text)
    case 'numbers':
      return parts.map((part) => readNumber(field.flag, part))
    case 'texts':
      return field.name.startsWith('replicasOn')
        ? parts.map(withAux)
        : parts.map(upperIfLayer(field))
    case 'counts':
      return Object.fromEntries(
        parts.map(readPair).map(([key, count]) => [withAux(key), readNumber(field.flag, count)]),
      )
    case 'text':
      return text
  }
}

/** Layers and providers are written in capitals in the language, in any case by people. */
const upperIfLayer = (field: Field) => (text: string) =>
  field.choices === undefined ? text : text.toUpperCase().replaceAll('-', '_')

function fieldOf(name: string, type: z.ZodType): Field {
  const flag = flagNames[name] ?? kebab(name)
  const help = helps[name] ?? kebab(name).replaceAll('-', ' ')
  if (type instanceof z.ZodBoolean) return { name, flag, form: 'flag', help }
  if (type instanceof z.ZodNumber) return { name, flag, form: 'number', help }
  if (type instanceof z.ZodRecord) return { name, flag, form: 'counts', help }
  if (type instanceof z.ZodEnum) {
    return { name, flag, form: 'text', choices: type.options.map(String), help }
  }
  if (type instanceof z.ZodArray) {
    const element = type.element
    if (element instanceof z.ZodNumber) return { name, flag, form: 'numbers', help }
    const choices = element instanceof z.ZodEnum ? { choices: element.options.map(String) } : {}
    return { name, flag, form: 'texts', ...choices, help }
  }
  return { name, flag, form: 'text', help }
}

function optionOf(field: Field): Option {
  const hints = { number: ' <number>', texts: ' <list>', numbers: ' <list>', counts: ' <list>' }
  const value = field.form === 'flag' ? '' : field.form === 'text' ? ' <text>' : hints[field.form]
  const option = new Option(`--${field.flag}${value}`, field.help)
  return field.form === 'text' && field.choices ? option.choices([...field.choices]) : option
}

function isSecret(type: z.ZodType): boolean {
  return type === Secret || (type instanceof z.ZodArray && type.element === Secret)
}

function unwrap(type: unknown): z.ZodType {
  let inner = type
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap()
  // Shapes of zod objects hold zod types; their declared type is the wider core one.
  return inner as z.ZodType
}

const collect = (value: string, before: string[]) => [...before, value]

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const camel = (flag: string) =>
  flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
