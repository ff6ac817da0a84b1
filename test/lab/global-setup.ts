/** Before the first of the lab's stories: the program that their nodes run is made once for all of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programVariable, writeProgram } from './cluster.ts'

export default async function setup(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-program-'))
  await writeProgram(directory)
  // Workers are started later, and inherit it.
  process.env[programVariable] = directory
  return () => rm(directory, { recursive: true, force: true })
}
