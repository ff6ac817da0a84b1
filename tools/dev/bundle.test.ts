import { expect, test } from 'vitest'
import { bundle } from './bundle.ts'
import { licencesOf } from './licences.ts'

const { files, loadedBy, modules } = await bundle()
const run = (part: string) => `packages/cli/src/commands/run/${part}.ts`
const folderOf = (path: string) => path.split('/').slice(0, 2).join('/')
const foldersOf = (paths: readonly string[]) => new Set(paths.map(folderOf))

test('a satellite loads of the controller only how to connect, and nothing that people read', () => {
  const loaded = loadedBy(run('satellite'))
  const ofController = loaded.filter((path) => path.startsWith('packages/controller/'))
  expect(ofController).toEqual([
    'packages/controller/src/nats/connect.ts',
    'packages/controller/src/nats/identity.ts',
  ])
  const folders = foldersOf(loaded)
  expect(folders).toContain('packages/satellite')
  for (const folder of ['packages/projections', 'packages/sim', 'node_modules/commander']) {
    expect(folders).not.toContain(folder)
  }
})

test('a controller loads nothing of satellites, the command line nothing of both', () => {
  const ofDaemons = [
    'packages/satellite',
    'packages/sim',
    'node_modules/pino',
    'node_modules/execa',
  ]
  const controller = foldersOf(loadedBy(run('controller')))
  expect(controller).toContain('packages/controller')
  expect(controller).not.toContain('packages/satellite')
  const verb = foldersOf(loadedBy('packages/cli/src/commands/list.ts'))
  expect(verb).toContain('packages/projections')
  for (const folder of ['packages/controller', ...ofDaemons]) expect(verb).not.toContain(folder)
})

test('the same sources make the same files, without a trace of where they were made', async () => {
  expect((await bundle()).files).toEqual(files)
  for (const text of files.values()) expect(text).not.toContain(process.cwd())
})

test('no test is in it, all of it is ASCII, and each package’s licence goes along', async () => {
  expect(modules.filter((path) => path.includes('.test.'))).toEqual([])
  const scripts = [...files].filter(([name]) => name.endsWith('.js'))
  for (const [, text] of scripts) expect(text).toMatch(/^\p{ASCII}*$/v)
  const licences = await licencesOf(modules)
  for (const name of ['zod', 'commander', '@nats-io/nats-core']) {
    expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
  }
})
