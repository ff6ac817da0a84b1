/** Commands about resource groups and their volume groups. */
import { z } from 'zod'
import { SelectFilter } from '../filter.ts'
import { Props } from '../kinds.ts'
import { DefinitionName, GroupName, VolumeNumber } from '../names.ts'
import { Secret } from '../secret.ts'
import { changes, PeerSlots, SizeKib } from './fields.ts'

export const groupCommands = {
  'resource-group.create': z.strictObject({
    group: GroupName,
    description: z.string().optional(),
    filter: SelectFilter.default({}),
    peerSlots: PeerSlots.optional(),
    props: Props.optional(),
  }),
  'resource-group.modify': z.strictObject({
    group: GroupName,
    description: z.string().optional(),
    /** Fields present replace the group's; `null` unsets one. */
    filter: z.record(z.string(), z.unknown()).optional(),
    peerSlots: PeerSlots.optional(),
    ...changes,
  }),
  'resource-group.delete': z.strictObject({ group: GroupName }),
  'resource-group.spawn': z.strictObject({
    group: GroupName,
    definition: DefinitionName,
    externalName: z.string().max(256).optional(),
    sizesKib: z.array(SizeKib),
    filter: SelectFilter.optional(),
    partial: z.boolean().optional(),
    definitionsOnly: z.boolean().optional(),
    peerSlots: PeerSlots.optional(),
    /** One for each volume of an encrypted stack, instead of random keys. */
    volumePassphrases: z.array(Secret).optional(),
    props: Props.optional(),
  }),
  'volume-group.create': z.strictObject({
    group: GroupName,
    number: VolumeNumber.optional(),
    gross: z.boolean().optional(),
    props: Props.optional(),
  }),
  'volume-group.modify': z.strictObject({ group: GroupName, number: VolumeNumber, ...changes }),
  'volume-group.delete': z.strictObject({ group: GroupName, number: VolumeNumber }),
}
