/** The directory that a long-running part keeps its files in. */
import { access, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Step by step: where no directory can be made (/proc) Node's `recursive` tries without end. */
export async function makeDirectory(directory: string): Promise<void> {
  const missing: string[] = []
  let path = resolve(directory)
  while (!(await isThere(path))) {
    missing.unshift(path)
    path = dirname(path)
  }
  try {
    for (const each of missing) await mkdir(each)
  } catch (cause) {
    // Made by somebody else in the meantime.
    if (await isThere(directory)) return
    const advice = `name another with --directory, or run as a user who may write there`
    throw new Error(`${directory} cannot be made; ${advice}`, { cause })
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
