/**
 * Who may come in, as the controller of a machine tells its server: one file beside the server's
 * own, written whole. Public keys only.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Role } from '@varve/events'
import { z } from 'zod'
import type { Member } from './accounts.ts'

const Members = z.strictObject({
  v: z.literal(1),
  members: z.array(z.strictObject({ name: z.string(), role: Role, publicKey: z.string() })),
})

export const membersFile = 'members.json'

/**
 * Undefined before a controller has written any. Of a damaged file nobody is let in: the controllers
 * are all the same, and they write it anew.
 */
export async function readMembers(directory: string): Promise<readonly Member[] | undefined> {
  const path = join(directory, membersFile)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return Members.parse(JSON.parse(text)).members
  } catch {
    return []
  }
}

export async function writeMembers(directory: string, members: readonly Member[]): Promise<void> {
  const path = join(directory, membersFile)
  const rows = members.map(({ name, role, publicKey }) => ({ name, role, publicKey }))
  const text = `${JSON.stringify({ v: 1, members: rows }, null, 1)}\n`
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}
