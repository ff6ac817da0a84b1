import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { coveragePage, endpointOf } from './coverage.ts'
import { openApi } from './openapi/document.ts'
import { routes } from './routes/index.ts'

/** LINSTOR's own document lies beside the checkout where the reference does. */
const reference = new URL('../../../../shared/data/linstor-rest-v1.openapi.yaml', import.meta.url)

test('the page on coverage is that of the table (npm run accept writes it)', async () => {
  const page = coveragePage(routes)
  await expect(page).toMatchFileSnapshot('../../../docs/reference/rest-coverage.md')
})

test('no endpoint stands in the table twice', () => {
  const endpoints = routes.map(endpointOf)
  expect(endpoints.filter((one, index) => endpoints.indexOf(one) !== index)).toEqual([])
})

test.skipIf(!existsSync(reference))(
  'every endpoint of LINSTOR’s document is answered [needs shared-reference]',
  () => {
    const ours = new Set(routes.map(endpointOf))
    const theirs = endpointsIn(readFileSync(reference, 'utf8'))
    expect(theirs.length).toBeGreaterThan(150)
    expect(theirs.filter((endpoint) => !ours.has(endpoint))).toEqual([])
  },
)

test('the OpenAPI document has every route, and says what its parameters and bodies are', () => {
  const document = openApi(routes, '0.0.0')
  const spawn = document.paths['/v1/resource-groups/{resource_group}/spawn']?.post
  expect(spawn).toMatchObject({
    parameters: [{ name: 'resource_group', in: 'path', required: true }],
    requestBody: {
      content: {
        'application/json': {
          schema: { type: 'object', properties: { resource_definition_name: {} } },
        },
      },
    },
    responses: { 201: { $ref: '#/components/responses/Entries' } },
  })
  const described = Object.values(document.paths).flatMap((methods) => Object.keys(methods))
  expect(described).toHaveLength(routes.length)
  expect(JSON.stringify(document)).not.toMatch('\\$schema')
})

/** Enough of YAML for its paths: their lines have two spaces before them, methods four. */
function endpointsIn(yaml: string): string[] {
  const found: string[] = []
  let path = ''
  for (const line of yaml.split('\n')) {
    path = /^ {2}(\/v1\/\S+):\s*$/.exec(line)?.[1] ?? (/^\S/.test(line) ? '' : path)
    const method = /^ {4}(get|post|put|patch|delete|options):\s*$/.exec(line)?.[1]
    if (path === '' || method === undefined) continue
    found.push(`${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`)
  }
  return found
}
