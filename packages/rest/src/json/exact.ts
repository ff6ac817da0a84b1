/** Numbers that a double cannot hold, printed to the last digit. */

declare global {
  interface JSON {
    /** Part of the language since 2024, and of Node since 22; TypeScript's library lacks it. */
    rawJSON(text: string): object
  }
}

/** A value that `JSON.stringify` prints as exactly this number. */
export function exact(value: bigint): object {
  return JSON.rawJSON(value.toString())
}

/** Capacity of what has no end, KiB: the largest signed number of 64 bits, as LINSTOR has it. */
export const endlessKib = exact(2n ** 63n - 1n)
