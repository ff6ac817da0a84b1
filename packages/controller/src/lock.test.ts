import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lockDirectory } from './lock.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varve-lock-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('refuses a second controller in the directory until the first has gone', async () => {
  const first = await lockDirectory(directory)
  await expect(lockDirectory(directory, { waitMs: 50 })).rejects.toThrow(
    `another controller runs in ${directory}: each needs a directory of its own`,
  )
  await first[Symbol.asyncDispose]()
  await using _second = await lockDirectory(directory, { waitMs: 50 })
})

it('waits for a predecessor that is just going', async () => {
  const first = await lockDirectory(directory)
  const second = lockDirectory(directory)
  await first[Symbol.asyncDispose]()
  await using _held = await second
})

it('says why when nothing can be written there', async () => {
  await expect(lockDirectory('/proc/self')).rejects.toThrow('/proc/self cannot hold')
})
