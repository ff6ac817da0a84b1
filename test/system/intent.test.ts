/** A cluster as a file: exported, applied, changed, and made again from nothing. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startSystem } from './harness.ts'
import { varve } from './varve.ts'

const wanted = `
nodes:
  n1: { interfaces: { default: { address: 10.0.0.1 } } }
storagePoolDefinitions:
  thin: {}
resourceGroups:
  gold:
    description: three copies
    filter: { placeCount: 3 }
    volumeGroups: { 0: {} }
`

it('makes what a file says, says that nothing is left to do, and tells what stays', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const file = join(system.directory, 'cluster.yaml')
  await writeFile(file, wanted)
  const planned = await varve(system, `apply -f ${file} --plan`)
  expect(planned.out).toMatch(/^node create node=n1 .*\nstorage-pool-definition create pool=thin\n/)
  expect((await varve(system, 'node list')).err).toBe('There are no nodes to show.\n')
  const made = await varve(system, `apply -f ${file}`)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toMatch(/^node create n1: done/)
  expect((await varve(system, `apply -f ${file}`)).out).toBe('The cluster is as the file says.\n')
  const exported = await varve(system, 'export')
  expect(exported.out).toContain('description: three copies')
  await writeFile(file, exported.out)
  expect((await varve(system, `apply -f ${file} --prune-data`)).out).toBe(
    'The cluster is as the file says.\n',
  )
  await writeFile(file, 'resourceGroups: {}\n')
  const kept = await varve(system, `apply -f ${file}`)
  expect(kept.err).toMatch(/they stay.*\n {2}resource-group\/gold\n$/)
  expect((await varve(system, `apply -f ${file} --prune`)).out).toMatch(
    /resource-group delete gold/,
  )
})

it('names the line or the field that cannot be read, and does nothing', async () => {
  await using system = await startSystem()
  const file = join(system.directory, 'cluster.yaml')
  await writeFile(file, 'nodes:\n  n1: {\n')
  expect(await varve(system, `apply -f ${file}`)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is not YAML: .* line 3/),
  })
  await writeFile(file, 'nodes:\n  n1: { interfaces: { default: { address: ten } } }\n')
  expect(await varve(system, `apply -f ${file}`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('nodes.n1.interfaces.default.address: an address is an IPv4'),
  })
  expect(await varve(system, 'apply -f /nowhere.yaml')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^The file cannot be read: ENOENT/),
  })
})
