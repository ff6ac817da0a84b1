/** What happens to resource definitions and their volume definitions. */
import { z } from 'zod'
import { FileSystem } from '../file-system.ts'
import { Layer } from '../kinds.ts'

const node = z.string()
const group = z.string()
const definition = z.string()
const number = z.int()
const kib = z.int()
const operation = z.string()

export const definitionEvents = [
  z.strictObject({
    type: z.literal('resource-definition.created'),
    definition,
    externalName: z.string().optional(),
    group,
    layers: z.array(Layer),
    peerSlots: z.int(),
    preferredPort: z.int().optional(),
  }),
  /** What DRBD's peers prove to each other that they know, encrypted by the master key. */
  z.strictObject({
    type: z.literal('resource-definition.secret-set'),
    definition,
    secret: z.string(),
    /** Tells one secret from another without telling the secret: half its SHA-256, hex. */
    fingerprint: z.string(),
  }),
  z.strictObject({ type: z.literal('resource-definition.group-changed'), definition, group }),
  z.strictObject({
    type: z.literal('resource-definition.peer-slots-changed'),
    definition,
    peerSlots: z.int(),
  }),
  z.strictObject({
    type: z.literal('resource-definition.deletion-started'),
    definition,
    operation,
  }),
  /** It is closed everywhere, and keeps its storage and its name. `until`: ms since epoch. */
  z.strictObject({
    type: z.literal('resource-definition.put-into-trash'),
    definition,
    until: z.int(),
  }),
  z.strictObject({ type: z.literal('resource-definition.taken-from-trash'), definition }),
  z.strictObject({ type: z.literal('resource-definition.deleted'), definition }),
  z.strictObject({
    type: z.literal('volume-definition.created'),
    definition,
    number,
    sizeKib: kib,
    /** True: the size is that of the backing storage, metadata included. */
    gross: z.boolean().optional(),
    minor: z.int().optional(),
    /** DRBD's day-0 generation id, 16 hex digits, lowest bit clear (reference 3.4). */
    day0: z.string().optional(),
  }),
  /** What opens the volume's LUKS header, encrypted by the master key. */
  z.strictObject({
    type: z.literal('volume-definition.key-set'),
    definition,
    number,
    key: z.string(),
    /** The definition that it was encrypted for; absent: this one. */
    boundTo: z.string().optional(),
    /** True: a passphrase that a user chose; absent: random. */
    isChosen: z.boolean().optional(),
  }),
  /** Another key for a volume that has one: these nodes are to change their headers. */
  z.strictObject({
    type: z.literal('volume-definition.key-change-started'),
    definition,
    number,
    key: z.string(),
    isChosen: z.boolean().optional(),
    waiting: z.array(node),
    operation,
  }),
  /** The header on the node opens with the new key only, or is gone. */
  z.strictObject({
    type: z.literal('volume-definition.key-changed'),
    definition,
    number,
    node,
  }),
  /** All its replicas are gone, and its data with them: the next one is the first of a new volume. */
  z.strictObject({
    type: z.literal('volume-definition.begun-anew'),
    definition,
    number,
    day0: z.string(),
  }),
  /** The node whose replica is born UpToDate, and the generation it writes. */
  z.strictObject({
    type: z.literal('volume-definition.source-chosen'),
    definition,
    number,
    node,
    generation: z.string(),
  }),
  z.strictObject({ type: z.literal('volume-definition.initialized'), definition, number }),
  /** The node that makes the file system of the new volume, as the properties were then. */
  z.strictObject({
    type: z.literal('volume-definition.format-chosen'),
    definition,
    number,
    node,
    fileSystem: FileSystem,
  }),
  /** Fact: it is there, or something else was; nobody ever makes one again. */
  z.strictObject({ type: z.literal('volume-definition.formatted'), definition, number }),
  z.strictObject({
    type: z.literal('volume-definition.resize-started'),
    definition,
    number,
    sizeKib: kib,
    operation,
  }),
  /** All backing devices have the new size; DRBD itself is to grow on this node. */
  z.strictObject({
    type: z.literal('volume-definition.storage-grown'),
    definition,
    number,
    resizer: node,
  }),
  z.strictObject({ type: z.literal('volume-definition.resized'), definition, number }),
  z.strictObject({
    type: z.literal('volume-definition.deletion-started'),
    definition,
    number,
    operation,
  }),
  z.strictObject({ type: z.literal('volume-definition.deleted'), definition, number }),
] as const
