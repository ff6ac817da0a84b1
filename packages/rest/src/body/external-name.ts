/** A valid name for a definition that a client knows by a name of its own (reference 4). */
import { DefinitionName } from '@varve/events'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const longest = 48

/** `isTaken` judges a candidate; `random` makes a UUID for when nothing else will do. */
export function nameFromExternal(
  external: string,
  {
    isTaken,
    random,
  }: { readonly isTaken: (name: string) => boolean; readonly random: () => string },
): string {
  const candidates = uuid.test(external)
    ? [`LS_${external.toUpperCase()}`]
    : [external.slice(0, longest), external.slice(0, longest).replaceAll(/[^A-Za-z0-9_-]/g, '_')]
  const good = candidates.find((name) => DefinitionName.safeParse(name).success && !isTaken(name))
  return good ?? `LS_${random().toUpperCase()}`
}
