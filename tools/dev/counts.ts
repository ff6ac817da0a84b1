/** What a run of tests came to, and how a skipped test may be excused. */

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** Written by tools/reporter.ts for whoever started vitest. */
export type Report = Counts & {
  readonly skippedNames: readonly string[]
  /** Files in which something failed, each with its own counts. */
  readonly failedFiles: readonly (Counts & { readonly path: string })[]
}

/** Environment variable: the path at which the reporter leaves its report. */
export const reportVariable = 'VARVE_TEST_REPORT'

export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

export function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }
}

/** The whole run after its failed files, and no others, were run once more. */
export function again(first: Report, second: Report): Report {
  const replaced = first.failedFiles.reduce<Counts>(sum, none)
  return {
    ...second,
    passed: first.passed - replaced.passed + second.passed,
    failed: first.failed - replaced.failed + second.failed,
    skipped: first.skipped - replaced.skipped + second.skipped,
    skippedNames: [...new Set([...first.skippedNames, ...second.skippedNames])],
  }
}

export function plainLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/**
 * A test that needs what no package of this machine brings says so in its own name or in that of a
 * `describe` around it: such a skip is excused, every other one is an omission.
 */
const excuse =
  /\[needs (?:drbd9-module|python-packages|go-packages|java-packages|promtool|shared-reference|openssl)\]/

/**
 * `lacks`: needs that this machine was tried for and cannot have (`zfs-modules`); a test that names
 * one of them is excused too. Where it was found to have them, a skip is an omission.
 */
export function unexcused(names: readonly string[], lacks: readonly string[] = []): string[] {
  const isExcused = (name: string) =>
    excuse.test(name) || lacks.some((need) => name.includes(`[needs ${need}]`))
  return names.filter((name) => !isExcused(name))
}
