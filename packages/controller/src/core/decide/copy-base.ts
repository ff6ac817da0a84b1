/**
 * What a copy may be told against: an older snapshot that both ends have to the last byte. Replicas
 * of one moment hold the same data, but not the same bytes (DRBD's metadata, LUKS), so it has to be
 * the same content, and not only the same snapshot.
 */
import {
  type Args,
  nameKey,
  type Provider,
  poolOf,
  type Refusal,
  refuse,
  type Snapshot,
  type SnapshotNode,
  type State,
  snapshotsOf,
} from '@varve/events'
import { contentOf, hasIt } from './copy-guard.ts'

type Wanted = {
  readonly row: Snapshot
  readonly sender: SnapshotNode
  readonly target: string
  readonly volumes: SnapshotNode['volumes']
  readonly args: Pick<Args<'snapshot.copy'>, 'base' | 'full'>
}

type Chosen = {
  readonly base?: string
  /** What the object is named after that holds it on ZFS: the first of a chain of copies. */
  readonly root: { readonly snapshot: string; readonly entry: string }
}

export function chooseBase(state: State, wanted: Wanted): Chosen | Refusal {
  const { row, args } = wanted
  const own = { root: { snapshot: row.name, entry: row.origin.entry } }
  if (args.full === true && args.base !== undefined) {
    const problem = 'a full copy has no base'
    return refuse('invalid-arguments', { subject: 'base', problem })
  }
  if (args.full === true) return fullCopy(state, wanted) ?? own
  const older = snapshotsOf(state, row.definition).toSorted(
    (a, b) => b.origin.sequence - a.origin.sequence,
  )
  if (args.base !== undefined) {
    const asked = older.find(({ name }) => nameKey(name) === nameKey(args.base ?? ''))
    const problem = asked ? unfit(state, wanted, asked) : 'there is no such snapshot'
    if (asked && problem === undefined) return chosen(asked, wanted)
    const subject = `${row.definition}/${args.base}`
    return refuse(
      'not-supported',
      { problem: `Snapshot ${subject} cannot be the base of this copy: ${problem}.` },
      'Leave --base out: the newest that fits is used, or everything is sent.',
    )
  }
  const fitting = older.find((base) => unfit(state, wanted, base) === undefined)
  return fitting ? chosen(fitting, wanted) : (fullCopy(state, wanted) ?? own)
}

function chosen(base: Snapshot, { target }: Wanted): Chosen {
  const there = nodeOfSnapshot(base, target)
  const root = there?.copy?.root ?? { snapshot: base.name, entry: base.origin.entry }
  return { base: base.name, root }
}

/** On ZFS the object of a chain bears the name of its first: no second one can have that. */
function fullCopy(state: State, { row, target, volumes }: Wanted): Refusal | undefined {
  if (!isZfs(providerOf(state, target, volumes))) return undefined
  const holder = chainOn(state, row.definition, target).find(
    ({ copy }) => nameKey(copy.root.snapshot) === nameKey(row.name),
  )
  if (!holder) return undefined
  const subject = `${row.definition}/${row.name}`
  const problem = `copies of later snapshots on node ${target} lie in an object of that name`
  return refuse('in-use', { noun: 'Snapshot', subject, problem }, 'Take one of another name.')
}

/** Why it cannot be the base; undefined: it can. */
function unfit(state: State, wanted: Wanted, base: Snapshot): string | undefined {
  const { row, sender, target, volumes } = wanted
  if (base.phase !== 'ready') return `it is ${base.phase}`
  if (base.origin.sequence >= row.origin.sequence) return 'it is not older'
  const here = nodeOfSnapshot(base, target)
  if (!here || !hasIt(here)) return `node ${target} does not have it`
  const theirs = nodeOfSnapshot(base, sender.node)
  if (!theirs || !hasIt(theirs)) return `node ${sender.node} does not have it`
  if (contentOf(here) !== contentOf(theirs) || contentOf(theirs) !== contentOf(sender)) {
    return `what node ${target} has of it is the content of another replica`
  }
  if (!isSame(base.volumes, row.volumes)) return 'the volumes had other sizes'
  if (!isSame(here.volumes, volumes)) return 'it lies in another storage pool'
  return isZfs(providerOf(state, target, volumes))
    ? unfitChain(state, wanted, base, here, theirs)
    : undefined
}

/** ZFS goes on after the last snapshot of one object, on both ends. */
function unfitChain(
  state: State,
  { row, sender, target }: Wanted,
  base: Snapshot,
  here: SnapshotNode,
  theirs: SnapshotNode,
): string | undefined {
  if (!here.copy) return `node ${target} has taken it itself, and ZFS goes on from what it received`
  if (sender.copy?.root.entry !== theirs.copy?.root.entry) {
    return `on node ${sender.node} it is not of the same object`
  }
  const { root } = here.copy
  const last = chainOn(state, row.definition, target)
    .filter(({ copy }) => copy.root.entry === root.entry)
    .toSorted((a, b) => b.sequence - a.sequence)[0]
  return last?.snapshot === base.name ? undefined : `node ${target} has received a later one`
}

/** All copies of a definition on a node that are there or coming. */
function chainOn(state: State, definition: string, target: string) {
  return snapshotsOf(state, definition).flatMap((row) => {
    const own = nodeOfSnapshot(row, target)
    if (!own?.copy || own.volumes.length === 0) return []
    return [{ snapshot: row.name, sequence: row.origin.sequence, copy: own.copy }]
  })
}

const nodeOfSnapshot = (row: Snapshot, node: string) =>
  row.nodes.find((one) => nameKey(one.node) === nameKey(node))

const isSame = (one: readonly object[], other: readonly object[]) =>
  JSON.stringify(one) === JSON.stringify(other)

const isZfs = (provider: Provider | undefined) => provider === 'ZFS' || provider === 'ZFS_THIN'

function providerOf(
  state: State,
  node: string,
  volumes: SnapshotNode['volumes'],
): Provider | undefined {
  const pool = volumes[0]?.pool
  return pool === undefined ? undefined : poolOf(state, node, pool)?.provider
}
