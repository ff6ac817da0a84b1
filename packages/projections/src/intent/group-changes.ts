/** Resource groups and their volume groups: see changes.ts. */
import { type Changes, given, isSame, lookUp } from './collect.ts'
import type { Intent } from './schema.ts'

type Groups = NonNullable<Intent['resourceGroups']>
type Group = Groups[string]

export function groupChanges(changes: Changes, now: Groups, wanted: Groups = {}): void {
  for (const [group, want] of Object.entries(wanted)) {
    const there = lookUp(now, group)
    const { properties, volumeGroups, ...form } = want
    if (!there) changes.run('resource-group.create', { group, ...form, ...given(properties) })
    else modify(changes, group, there, want)
    for (const [text, volume] of Object.entries(volumeGroups ?? {})) {
      const number = Number(text)
      const known = there?.volumeGroups?.[text]
      if (!known) {
        const gross = volume.gross ? { gross: true } : {}
        changes.run('volume-group.create', { group, number, ...gross, ...given(volume.properties) })
        continue
      }
      if ((known.gross ?? false) !== (volume.gross ?? false)) {
        changes.impossible.push(
          `Volume group ${number} of ${group} cannot become ${volume.gross ? 'gross' : 'net'}: delete it and create it anew.`,
        )
      }
      const props = changes.properties('volume-group', known.properties, volume.properties)
      if (props) changes.run('volume-group.modify', { group, number, ...props })
    }
    for (const text of Object.keys((volumeGroups && there?.volumeGroups) ?? {})) {
      if (volumeGroups?.[text]) continue
      const args = { group, number: Number(text) }
      const command = { type: 'volume-group.delete', args } as const
      changes.remove(`volume-group/${group}/${text}`, command, false)
    }
  }
}

function modify(changes: Changes, group: string, there: Group, want: Group): void {
  const filter = isSame(there.filter, want.filter)
    ? {}
    : { filter: { ...nulls(there.filter), ...want.filter } }
  const description =
    want.description === undefined || want.description === there.description
      ? {}
      : { description: want.description }
  const peerSlots =
    want.peerSlots === undefined || want.peerSlots === there.peerSlots
      ? {}
      : { peerSlots: want.peerSlots }
  const props = changes.properties('resource-group', there.properties, want.properties) ?? {}
  const args = { ...description, ...peerSlots, ...filter, ...props }
  if (Object.keys(args).length > 0) changes.run('resource-group.modify', { group, ...args })
}

/** `null` takes a field of the filter back. */
function nulls(filter: object): Record<string, null> {
  return Object.fromEntries(Object.keys(filter).map((key) => [key, null]))
}
