/** External files: kept in the cluster, written by satellites where a definition brings them. */
import { hash } from 'node:crypto'
import { type ExternalFile, fileKey, isLive, parentOfFile, resourcesOf } from '@varve/events'
import { isOnline, type World } from '@varve/projections'
import { z } from 'zod'
import type { Entry } from '../answer/entry.ts'
import { deleted, modified, nothingToDelete } from '../answer/say.ts'
import { text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { notYet } from '../wait/operation.ts'
import { type Standing, waitUntil } from '../wait/until.ts'
import { nodeIn } from './find.ts'

const noun = 'external file'
const list = '/v1/files'
const one = `${list}/{extFileName...}`
const deployed = '/v1/resource-definitions/{resource}/files/{extFileName...}'

const fileView = ({ path, content, altSuffixes }: ExternalFile, hasContent: boolean): object => ({
  path,
  content: hasContent ? content : undefined,
  alt_suffixes: altSuffixes.length === 0 ? undefined : altSuffixes,
})

/**
 * golinstor writes a space as `+`, as in a query, and Python's library does not. What is meant is the
 * file that is there, or the one that the body names.
 */
function pathMeant({ world }: Call, given: string, named?: string): string {
  const spaced = given.replaceAll('+', ' ')
  const isSpaced = named === undefined ? world.state.externalFiles.has(spaced) : named === spaced
  return isSpaced && !world.state.externalFiles.has(given) ? spaced : given
}

/** Undefined: there is none, which is said. */
function findFile(call: Call, given: string): ExternalFile | undefined {
  const path = pathMeant(call, given)
  const row = call.world.state.externalFiles.get(path)
  if (!row) call.fail('FAIL_NOT_FOUND_EXT_FILE', `There is no ${noun} '${path}'.`)
  return row
}

const kept: readonly Route[] = [
  read(list, 'External files; with their content if it is asked for', (call) => {
    const hasContent = call.asked.query.flag('content')
    const rows = [...call.world.state.externalFiles.values()]
    return json(rows.map((row) => fileView(row, hasContent)))
  }),
  read(one, 'One external file with its content', (call) => {
    const row = findFile(call, call.params.extFileName)
    return row && json(fileView(row, true))
  }),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'external-file'],
      summary: 'Keep a file, or another content or other suffixes of it',
      body: z.strictObject({
        path: text.optional(),
        content: text.optional(),
        alt_suffixes: z.array(text).optional(),
      }),
    },
    async (call) => {
      const { content, alt_suffixes: altSuffixes, path } = call.body
      const file = pathMeant(call, call.params.extFileName, path)
      const code = { 'invalid-arguments': 'FAIL_INVLD_EXT_FILE' } as const
      const done = await call.command('external-file.modify', { file, content, altSuffixes }, code)
      if (!done) return
      const nodes = nodesWith(call.world, file)
      if (await filesAreThere(call, file, nodes, 'there')) call.say(modified(noun, file, {}))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'external-file'],
      summary: 'Delete a file, here and on nodes',
      body: noBody,
    },
    async (call) => {
      const file = pathMeant(call, call.params.extFileName)
      if (!call.world.state.externalFiles.has(file)) {
        call.say(nothingToDelete(noun, file, {}))
        return
      }
      const nodes = nodesWith(call.world, file)
      if (!(await call.command('external-file.delete', { file }))) return
      if (await filesAreThere(call, file, nodes, 'gone')) call.say(deleted(noun, file, {}))
    },
  ),
]

const onNodes: readonly Route[] = [
  read(`${list}/{extFileName}/check/{node}`, 'Whether a node may write it', (call) => {
    const { extFileName, node } = call.params
    if (!nodeIn(call, node)) return undefined
    const directories = call.world.observed.files(node)?.directories ?? []
    const path = pathMeant(call, extFileName)
    return json({ allowed: directories.includes(parentOfFile(path)) })
  }),
  read(`${list}/{extFileName}/status/{node}`, 'Where it is on a node', (call) => {
    const { extFileName, node } = call.params
    const row = findFile(call, extFileName)
    if (!row || !nodeIn(call, node)) return undefined
    if (!isOnline(call.world, node)) {
      call.fail('FAIL_NOT_CONNECTED', `Node '${node}' is not connected.`, { Node: node })
      return undefined
    }
    const seen = call.world.observed.files(node)?.files.find(({ path }) => path === row.path)
    return json({ actual_path: seen?.at, content_match: seen?.isCurrent ?? false })
  }),
]

const attached: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: deployed,
      on: ['modify', 'external-file'],
      summary: 'Have the nodes of a definition get a file',
      body: noBody,
    },
    async (call) => {
      const { resource: definition, extFileName } = call.params
      const row = findFile(call, extFileName)
      if (!row) return
      const file = row.path
      if (!(await call.command('external-file.deploy', { file, definition }))) return
      if (!(await filesAreThere(call, file, nodesOf(call.world, definition), 'there'))) return
      call.say(modified('resource definition', definition, { RscDfn: definition }))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: deployed,
      on: ['modify', 'external-file'],
      summary: 'Take it from them again, unless another definition brings it',
      body: noBody,
    },
    async (call) => {
      const { resource: definition, extFileName } = call.params
      const file = pathMeant(call, extFileName)
      if (!(await call.command('external-file.undeploy', { file, definition }))) return
      const others = new Set(nodesWith(call.world, file))
      const nodes = nodesOf(call.world, definition).filter((node) => !others.has(node))
      if (!(await filesAreThere(call, file, nodes, 'gone'))) return
      call.say(modified('resource definition', definition, { RscDfn: definition }))
    },
  ),
]

export const externalFileRoutes: readonly Route[] = [...onNodes, ...kept, ...attached]

function nodesOf({ state }: World, definition: string): string[] {
  return resourcesOf(state, definition)
    .filter(isLive)
    .map(({ node }) => node)
}

function nodesWith(world: World, file: string): string[] {
  const rows = world.state.definitions.by('hasFiles', 'yes')
  const having = rows.filter(({ props }) => props[fileKey(file)] !== undefined)
  return [...new Set(having.flatMap(({ name }) => nodesOf(world, name)))]
}

/** Waits for the nodes; false: one of them could not, or not yet, which is said. */
async function filesAreThere(
  call: Call,
  file: string,
  nodes: readonly string[],
  state: 'there' | 'gone',
): Promise<boolean> {
  const content = call.world.state.externalFiles.get(file)
  const look = (world: World): Standing => {
    const reasons = nodes.flatMap((node) => whyNot(world, { node, file, state }) ?? [])
    if (reasons.length === 0) return { done: true }
    const isHopeless = reasons.every((reason) => reason.isHopeless)
    return { done: false, isHopeless, waiting: reasons.map(({ sentence }) => sentence) }
  }
  const standing = await waitUntil(call, {}, look)
  // Another content while we waited is another request's.
  if (standing.done || call.world.state.externalFiles.get(file) !== content) return true
  const problems = nodes.flatMap((node): Entry[] => {
    const problem = seenOn(call.world, node, file)?.problem
    const refs = { Node: node }
    return problem === undefined ? [] : [{ code: 'FAIL_INVLD_EXT_FILE', message: problem, refs }]
  })
  call.say(notYet(`File '${file}'`, standing, {}), ...problems)
  return false
}

const seenOn = ({ observed }: World, node: string, file: string) =>
  observed.files(node)?.files.find(({ path }) => path === file)

/** What a node says of another content is of no account. */
function hashOf({ state }: World, file: string): string | undefined {
  const row = state.externalFiles.get(file)
  return row && hash('sha256', Buffer.from(row.content, 'base64'))
}

type Reason = { readonly sentence: string; readonly isHopeless: boolean }

function whyNot(
  world: World,
  { node, file, state }: { readonly node: string; readonly file: string; readonly state: string },
): Reason | undefined {
  const where = `${file} on ${node}`
  const seen = seenOn(world, node, file)
  const isNews = state === 'gone' || seen?.wanted === hashOf(world, file)
  if (state === 'there' ? isNews && seen?.isCurrent : seen === undefined) return undefined
  if (!isOnline(world, node)) return { sentence: `${where}: the node is offline`, isHopeless: true }
  const problem = isNews ? seen?.problem : undefined
  if (problem !== undefined) return { sentence: `${where}: ${problem}`, isHopeless: true }
  return {
    sentence: `${where} is being ${state === 'there' ? 'written' : 'removed'}`,
    isHopeless: false,
  }
}
