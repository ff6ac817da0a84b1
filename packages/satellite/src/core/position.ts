/** Which document counts: the highest (term, from) that was ever seen of a subject. */

export type Position = { readonly term: number; readonly from: number }

export const nowhere: Position = { term: 0, from: 0 }

export function isLower(a: Position, b: Position): boolean {
  return a.term < b.term || (a.term === b.term && a.from < b.from)
}
