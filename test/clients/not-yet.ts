/**
 * What clients cannot do here yet. Whatever fails and is not named here is a failure; what is named
 * and works is said aloud, to be taken out.
 */

/** Chapters of `python/story.py`. */
const python: readonly string[] = []

/** Methods of golinstor. */
const golinstor: readonly string[] = []

/** Methods and chapters of `java/Story.java`. */
const java: readonly string[] = []

export const notYet = { python, golinstor, java } as const
