/** What another attempt would not change: the copy fails with these words. */
export class Hopeless extends Error {}

export const sentenceOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error)
