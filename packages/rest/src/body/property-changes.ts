/** LINSTOR's three fields of a property change → ours, and what it says of them. */
import type { Entry } from '../answer/entry.ts'

export type PropertyChanges = {
  readonly override_props?: Readonly<Record<string, string>> | undefined
  readonly delete_props?: readonly string[] | undefined
  readonly delete_namespaces?: readonly string[] | undefined
}

export function propertyArgs(given: PropertyChanges) {
  const { override_props: setProps, delete_props, delete_namespaces } = given
  return {
    ...(setProps === undefined ? {} : { setProps: { ...setProps } }),
    ...(delete_props === undefined ? {} : { deleteProps: [...delete_props] }),
    ...(delete_namespaces === undefined ? {} : { deleteNamespaces: [...delete_namespaces] }),
  }
}

/** One for each property; clients count them, and read the last entry of the whole answer. */
export function propertyEntries(given: PropertyChanges): Entry[] {
  const set = Object.entries(given.override_props ?? {}).map(
    ([key, value]): Entry => ({
      code: 'INFO_PROP_SET',
      message: `Successfully set property ${key} to value ${value}`,
    }),
  )
  const gone = [
    ...(given.delete_props ?? []).map((key) => `property ${key}`),
    ...(given.delete_namespaces ?? []).map((key) => `the properties below ${key}`),
  ].map((what): Entry => ({ code: 'INFO_PROP_REMOVED', message: `Successfully deleted ${what}` }))
  return [...set, ...gone]
}
