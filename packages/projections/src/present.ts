/** The fields that have a value; absent ones stay absent, so that JSON and types agree. */
export function present<R extends object>(
  record: R,
): { [K in keyof R]?: Exclude<R[K], undefined> } {
  // Undefined values are exactly what is taken away; the loop hides that from the compiler.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof R]?: Exclude<R[K], undefined>
  }
}
