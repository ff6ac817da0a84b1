import { expect, test } from 'vitest'
import type { Host } from './host/host.ts'
import { removeLeftovers } from './leftovers.ts'

const uuid = '34032e3b-1b7e-4abe-817a-cbed167a545e'

test('what a killed satellite left half written is removed, everything else stays', async () => {
  const removed: string[] = []
  const directories: Record<string, string[]> = {
    '/var/lib/varve.d': [
      '.backup',
      'positions.json',
      `positions.json.${uuid}.tmp`,
      'web.res',
      'web.res.new',
      `web.res.new.${uuid}.tmp`,
      'web_00000.md',
      `web_00000.md.${uuid}.tmp`,
      'notes.tmp',
      'readme.md',
    ],
    '/var/lib/varve.d/.backup': ['web.res', `web.res.${uuid}.tmp`],
  }
  const host = {
    list: async (directory: string) => directories[directory] ?? [],
    removeFile: async (path: string) => void removed.push(path),
  }
  // The two calls it may make.
  await removeLeftovers(host as unknown as Host)
  expect(removed).toEqual([
    `/var/lib/varve.d/positions.json.${uuid}.tmp`,
    `/var/lib/varve.d/web.res.new.${uuid}.tmp`,
    '/var/lib/varve.d/web_00000.md',
    `/var/lib/varve.d/web_00000.md.${uuid}.tmp`,
    `/var/lib/varve.d/.backup/web.res.${uuid}.tmp`,
  ])
})
