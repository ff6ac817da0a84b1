/** Pages of long lists: only the rows that are shown are ever built. */

export type PageArgs = { readonly offset?: number | undefined; readonly limit?: number | undefined }

export type Page<R> = {
  readonly rows: readonly R[]
  /** How many there are in all, whatever the page. */
  readonly total: number
  readonly offset: number
}

/** Enough for most clusters at once, small enough for one message. */
export const pageLimit = 1000

/** `keys` sorted; `row` is called for the keys of the page only. Keys that are gone make no row. */
export function pageOf<R>(
  keys: readonly string[],
  args: PageArgs,
  row: (key: string) => R | undefined,
): Page<R> {
  const offset = args.offset ?? 0
  const rows: R[] = []
  for (const key of keys.slice(offset, offset + (args.limit ?? pageLimit))) {
    const made = row(key)
    if (made !== undefined) rows.push(made)
  }
  return { rows, total: keys.length, offset }
}
