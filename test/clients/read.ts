/**
 * What clients read of an answer, in a form that can be compared: no UUIDs, no times, no free
 * space, and not on which of several nodes something was placed.
 */
import { z } from 'zod'

type Question = { readonly method: string; readonly path: string }
type Answer = { readonly status: number; readonly answer: unknown }

/** Of the answer's JSON: what is compared. It throws where a field is missing or of a wrong type. */
type Reader = (answer: unknown) => unknown

const Props = z.record(z.string(), z.string())
const whole = z.int().nonnegative()

const Entry = z.object({ ret_code: z.bigint(), message: z.string() })
const Entries = z.array(Entry)

const only = (props: Readonly<Record<string, string>> = {}, prefix: string) =>
  Object.fromEntries(Object.entries(props).filter(([key]) => key.startsWith(prefix)))

const Definition = z
  .object({
    name: z.string(),
    resource_group_name: z.string(),
    props: Props.optional(),
    flags: z.array(z.string()).optional(),
    layer_data: z.array(z.object({ type: z.string() })),
  })
  .transform((row) => ({
    name: row.name,
    group: row.resource_group_name,
    props: only(row.props, 'Aux/'),
    isDeleted: row.flags?.includes('DELETE') ?? false,
    layers: row.layer_data.map(({ type }) => type),
  }))

const VolumeDefinition = z
  .object({ volume_number: whole, size_kib: whole, props: Props.optional() })
  .transform((row) => ({
    number: row.volume_number,
    sizeKib: row.size_kib,
    props: only(row.props, 'FileSystem/'),
  }))

const Group = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    props: Props.optional(),
    select_filter: z.record(z.string(), z.unknown()),
  })
  .transform((row) => ({
    name: row.name,
    description: row.description || undefined,
    props: row.props ?? {},
    filter: filterOf(row.select_filter),
  }))

/** A single pool has LINSTOR's older spelling beside the list, and what is empty is not there. */
function filterOf({ storage_pool: _, ...filter }: Record<string, unknown>) {
  const isThere = ([, value]: [string, unknown]) => !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(filter).filter(isThere))
}

const Replica = z.object({
  name: z.string(),
  node_name: z.string(),
  flags: z.array(z.string()).optional(),
  // The driver takes it without a look whether it is there.
  layer_object: z.object({ type: z.string(), drbd: z.object({ promotion_score: z.number() }) }),
  state: z.object({ in_use: z.boolean() }),
  volumes: z.array(
    z.object({
      volume_number: whole,
      device_path: z.string().min(1),
      provider_kind: z.string(),
      allocated_size_kib: whole,
      state: z.object({ disk_state: z.string() }),
    }),
  ),
})

/** Diskful replicas: their number, and what is the same on every node. */
function replicas(answer: unknown) {
  return z
    .array(Replica)
    .parse(answer)
    .filter(({ flags }) => !flags?.includes('DISKLESS'))
    .map(({ name, layer_object, volumes }) => {
      const kinds = volumes.map(({ volume_number, provider_kind }) => [
        volume_number,
        provider_kind,
      ])
      return JSON.stringify([name, layer_object.type, kinds])
    })
    .sort()
}

const Snapshot = z
  .object({
    name: z.string(),
    resource_name: z.string(),
    flags: z.array(z.string()),
    nodes: z.array(z.string()),
    volume_definitions: z.array(z.object({ volume_number: whole, size_kib: whole })),
    snapshots: z.array(z.object({ node_name: z.string(), create_timestamp: whole })),
    resource_definition_props: Props.optional(),
  })
  .transform((row) => ({
    name: row.name,
    definition: row.resource_name,
    isSuccessful: row.flags.includes('SUCCESSFUL'),
    nodes: row.nodes.length,
    taken: row.snapshots.length,
    volumes: row.volume_definitions,
    props: only(row.resource_definition_props, 'Aux/'),
  }))

const Pool = z.object({
  storage_pool_name: z.string(),
  node_name: z.string(),
  provider_kind: z.string(),
  free_capacity: whole,
  total_capacity: whole,
})

function pools(answer: unknown) {
  return (
    z
      .array(z.looseObject({ provider_kind: z.string() }))
      .parse(answer)
      // Without disks it has no end, and a number that is too large for JavaScript.
      .filter(({ provider_kind }) => provider_kind !== 'DISKLESS')
      .map((row) => Pool.parse(row))
      .map((row) => `${row.storage_pool_name} on ${row.node_name}: ${row.provider_kind}`)
      .sort()
  )
}

const Node = z
  .object({ name: z.string(), type: z.string(), connection_status: z.string() })
  .transform(({ name, type, connection_status }) => ({ name, type, connection_status }))

const byName = <T extends { name: string }>(rows: readonly T[]) =>
  rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))

const readers: readonly (readonly [RegExp, Reader])[] = [
  [/^\/v1\/nodes$/, (answer) => byName(z.array(Node).parse(answer))],
  [/^\/v1\/view\/storage-pools$/, pools],
  [/^\/v1\/view\/resources$/, replicas],
  [/^\/v1\/view\/snapshots$/, (answer) => byName(z.array(Snapshot).parse(answer))],
  [/\/snapshots\/[^/]+$/, (answer) => Snapshot.parse(answer)],
  [/^\/v1\/resource-groups$/, (answer) => byName(z.array(Group).parse(answer))],
  [/^\/v1\/resource-groups\/[^/]+$/, (answer) => Group.parse(answer)],
  [
    /^\/v1\/resource-groups\/[^/]+\/volume-groups$/,
    (answer) => z.array(z.unknown()).parse(answer).length,
  ],
  [/^\/v1\/resource-definitions$/, (answer) => byName(z.array(Definition).parse(answer))],
  [/^\/v1\/resource-definitions\/[^/]+$/, (answer) => Definition.parse(answer)],
  [/\/volume-definitions$/, (answer) => z.array(VolumeDefinition).parse(answer)],
  [/\/volume-definitions\/\d+$/, (answer) => VolumeDefinition.parse(answer)],
  [/\/clone\/[^/]+$/, (answer) => z.object({ status: z.string() }).parse(answer)],
  [
    /^\/v1\/key-value-store$/,
    (answer) => z.array(z.object({ name: z.string(), props: Props })).parse(answer),
  ],
]

const CloneStarted = z.object({
  location: z.string(),
  source_name: z.string(),
  clone_name: z.string(),
})

/** `{ read }`, or `{ problem }` when the client could not read the answer. */
export function read(question: Question, answer: Answer): object {
  try {
    return { read: readAnswer(question, answer) }
  } catch (error) {
    return { problem: error instanceof z.ZodError ? z.prettifyError(error) : String(error) }
  }
}

function readAnswer({ method, path }: Question, { status, answer }: Answer): unknown {
  if (status >= 400) return codesOf(answer)
  const bare = path.replace(/\?.*$/, '')
  if (method === 'POST' && bare.endsWith('/clone')) return CloneStarted.parse(answer)
  // What an accepted change says differs in words and number of lines.
  if (method !== 'GET') return Entries.nonempty().parse(answer).filter(isError).length
  const reader = readers.find(([pattern]) => pattern.test(bare))
  return reader ? reader[1](answer) : typeof answer
}

/** Both of the two highest bits: of a negative number in 64 bits, the upper half. */
const isError = ({ ret_code }: z.infer<typeof Entry>) => BigInt.asUintN(64, ret_code) >> 62n === 3n

/** Codes of errors without operation and object: how clients tell them apart. */
function codesOf(answer: unknown): readonly string[] {
  return Entries.nonempty()
    .parse(answer)
    .filter(isError)
    .map(({ ret_code }) => (ret_code & 0x7fffn).toString())
}
