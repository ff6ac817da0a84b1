/** What leads from one intent to another, collected object by object. */
import { type CommandType, checkProperty, nameKey, type PropertyLevel } from '@varve/events'

export type IntentCommand = {
  readonly type: CommandType
  readonly args: Readonly<Record<string, unknown>>
}

export type IntentChanges = {
  readonly commands: readonly IntentCommand[]
  /** What no command can do: sentences. Nothing should be run while there are any. */
  readonly impossible: readonly string[]
  /** Objects that the document does not have and that stay, because nobody asked for more. */
  readonly left: readonly string[]
}

export type Prune = {
  /** Delete what the document does not have, if it holds no data. */
  readonly prune?: boolean
  /** Delete resource definitions, volumes and replicas as well. */
  readonly pruneData?: boolean
}

/** Collects what is to be done; objects are made from the outside in, and deleted the other way. */
export class Changes {
  readonly commands: IntentCommand[] = []
  readonly removals: IntentCommand[] = []
  readonly impossible: string[] = []
  readonly left: string[] = []
  readonly #prune: Prune

  constructor(prune: Prune) {
    this.#prune = prune
  }

  run(type: CommandType, args: IntentCommand['args']): void {
    this.commands.push({ type, args })
  }

  remove(object: string, command: IntentCommand, holdsData: boolean): void {
    const isAsked = holdsData ? this.#prune.pruneData : (this.#prune.prune ?? this.#prune.pruneData)
    if (isAsked) this.removals.push(command)
    else this.left.push(object)
  }

  /** Properties that are to be other ones, as arguments of a `modify`; undefined when none are. */
  properties(
    level: PropertyLevel,
    now: Readonly<Record<string, string>> = {},
    wanted: Readonly<Record<string, string>> | undefined,
  ): { setProps?: Record<string, string>; deleteProps?: string[] } | undefined {
    if (wanted === undefined) return undefined
    const [from, to] = [asWritten(level, now), asWritten(level, wanted)]
    const setProps = Object.fromEntries([...to].filter(([key, value]) => from.get(key) !== value))
    const deleteProps = [...from.keys()].filter((key) => !to.has(key))
    const isSame = Object.keys(setProps).length === 0 && deleteProps.length === 0
    if (isSame) return undefined
    return {
      ...(Object.keys(setProps).length > 0 ? { setProps } : {}),
      ...(deleteProps.length > 0 ? { deleteProps } : {}),
    }
  }
}

/** As the controller would write them: a document in another spelling is no change. */
function asWritten(level: PropertyLevel, properties: Readonly<Record<string, string>>) {
  return new Map(
    Object.entries(properties).map(([key, value]) => {
      const checked = checkProperty(level, key, value)
      return checked.ok ? [checked.key, checked.value] : [key, value]
    }),
  )
}

/** The value under a name in any spelling. */
export function lookUp<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  if (Object.hasOwn(record, name)) return record[name]
  const key = nameKey(name)
  const found = Object.keys(record).find((each) => nameKey(each) === key)
  return found === undefined ? undefined : record[found]
}

/** Equal as JSON with sorted keys; absent and undefined are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return text(a) === text(b)
}

function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  return `{${Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}:${text(each)}`)
    .join()}}`
}

/** Properties of an object that is made. */
export function given(properties: Readonly<Record<string, string>> | undefined) {
  return properties && Object.keys(properties).length > 0 ? { props: properties } : {}
}
