/** Commands about resource definitions and their volume definitions. */
import { z } from 'zod'
import { Layer, Props } from '../kinds.ts'
import { limits } from '../limits.ts'
import { DefinitionName, GroupName, NodeName, VolumeNumber } from '../names.ts'
import { Secret } from '../secret.ts'
import { changes, PeerSlots, Port, SizeKib } from './fields.ts'

export const definitionCommands = {
  'resource-definition.create': z.strictObject({
    definition: DefinitionName,
    externalName: z.string().max(256).optional(),
    group: GroupName.optional(),
    layers: z.array(Layer).optional(),
    peerSlots: PeerSlots.optional(),
    port: Port.optional(),
    props: Props.optional(),
  }),
  'resource-definition.modify': z.strictObject({
    definition: DefinitionName,
    group: GroupName.optional(),
    peerSlots: PeerSlots.optional(),
    /** Another shared secret for DRBD's connections, or the first, while all of them stand. */
    newSecret: z.boolean().optional(),
    ...changes,
  }),
  'resource-definition.delete': z.strictObject({
    definition: DefinitionName,
    /** Recorded waiver: these nodes, which are away, remove what they have when they return. */
    waiveCleanup: z.array(NodeName).min(1).optional(),
    /** Gone at once, also where there is a trash, and out of it. */
    skipTrash: z.boolean().optional(),
  }),
  'trash.restore': z.strictObject({ definition: DefinitionName }),
  'trash.purge': z.strictObject({
    definition: DefinitionName,
    waiveCleanup: z.array(NodeName).min(1).optional(),
  }),
  'volume-definition.create': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber.optional(),
    sizeKib: SizeKib,
    minor: z.int().min(limits.minor.min).max(limits.minor.max).optional(),
    gross: z.boolean().optional(),
    /** Opens the volume's LUKS header; a random key unless given. */
    passphrase: Secret.optional(),
    props: Props.optional(),
  }),
  'volume-definition.modify': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    ...changes,
  }),
  'volume-definition.resize': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    sizeKib: SizeKib,
    /** Recorded waiver: what lies behind the new end of a volume that shrinks may go. */
    acceptDataLoss: z.boolean().optional(),
  }),
  /** Re-keys the volume's LUKS headers, on each node by itself. */
  'volume-definition.modify-passphrase': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    passphrase: Secret,
  }),
  'volume-definition.delete': z.strictObject({ definition: DefinitionName, number: VolumeNumber }),
}
