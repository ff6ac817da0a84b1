/**
 * The longest valid chain out of the journals of several controllers, each of which may be torn,
 * damaged or have gone another way. Journals are only read. A block counts where its bytes follow
 * the one before; whose neighbours contradict it, is damaged, unless another journal vouches for it.
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { genesis } from '@varve/events'
import { hashOf, headOf, parseJson } from './block.ts'
import { linesIn } from './lines.ts'

type Line = { readonly hash: string; readonly prev: string; readonly term: number }

/** A block and where its bytes stand. */
export type FoundBlock = Line & {
  readonly journal: number
  readonly offset: number
  readonly length: number
}

/** Two ways to go on after the same block, and nothing in the journals that decides between them. */
export type Contradiction = {
  readonly sequence: number
  /** Journals (their places among the arguments) on each side, and how many blocks follow there. */
  readonly sides: readonly { readonly journals: readonly number[]; readonly blocks: number }[]
}

export type JournalFound = {
  readonly path: string
  readonly lines: number
  /** Numbers of lines that are no block, or that their neighbours contradict. */
  readonly damaged: readonly number[]
  /** How many blocks of the chain it has. */
  readonly taken: number
}

export type Recovery = {
  readonly journals: readonly JournalFound[]
  readonly chain: readonly FoundBlock[]
  /** Blocks that were never acknowledged: another leader's stand in their place. */
  readonly setAside: readonly { readonly sequence: number; readonly hash: string }[]
  readonly contradiction?: Contradiction
}

type Node = FoundBlock & { readonly journals: Set<number> }
type Tree = {
  readonly nodes: ReadonlyMap<string, Node>
  /** Hash of a block → those that follow it. */
  readonly next: ReadonlyMap<string, readonly Node[]>
  /** Blocks from there on, itself counted, along the longest way. */
  readonly depth: ReadonlyMap<string, number>
}

/** `prefer`: place among `paths` of the journal that is right where they contradict each other. */
export async function recoverChain(paths: readonly string[], prefer?: number): Promise<Recovery> {
  const nodes = new Map<string, Node>()
  const read: { lines: (Line | undefined)[]; damaged: number[] }[] = []
  const vouched = new Set<string>()
  const doubted = new Set<string>()
  for (const [journal, path] of paths.entries()) {
    const lines = await readLines(path, journal, nodes)
    const damaged = judge(lines, vouched, doubted)
    read.push({ lines, damaged })
  }
  for (const hash of doubted) if (!vouched.has(hash)) nodes.delete(hash)
  const tree = treeOf(nodes)
  const walked = walk(tree, prefer)
  const journals = paths.map(
    (path, journal): JournalFound => ({
      path,
      lines: read[journal]?.lines.length ?? 0,
      damaged: read[journal]?.damaged ?? [],
      taken: walked.chain.filter((block) => block.journals.has(journal)).length,
    }),
  )
  return { journals, ...walked }
}

/** Lines that are blocks, whatever they follow; `undefined` in place of the others. */
async function readLines(
  path: string,
  journal: number,
  nodes: Map<string, Node>,
): Promise<(Line | undefined)[]> {
  const lines: (Line | undefined)[] = []
  let offset = 0
  for await (const bytes of linesIn(createReadStream(path))) {
    const hash = hashOf(bytes)
    const known = nodes.get(hash)
    const head = known ?? blockIn(bytes)
    if (known) known.journals.add(journal)
    else if (head) {
      const place = { journal, offset, length: bytes.length }
      nodes.set(hash, { hash, ...head, ...place, journals: new Set([journal]) })
    }
    lines.push(head && { hash, prev: head.prev, term: head.term })
    offset += bytes.length + 1
  }
  return lines
}

function blockIn(bytes: Buffer): { prev: string; term: number } | undefined {
  try {
    parseJson(bytes)
    return headOf(bytes)
  } catch {
    return undefined
  }
}

/**
 * Numbers of damaged lines. Where a line does not follow the one before, one of the two was changed:
 * the earlier one, unless what comes next contradicts the later one as well.
 */
function judge(
  lines: readonly (Line | undefined)[],
  vouched: Set<string>,
  doubted: Set<string>,
): number[] {
  const damaged: number[] = []
  for (const [index, line] of lines.entries()) {
    const [next, afterNext] = [lines[index + 1], lines[index + 2]]
    if (!line) damaged.push(index + 1)
    else if (next?.prev === line.hash) vouched.add(line.hash)
    else if (next && (!afterNext || afterNext.prev === next.hash)) {
      doubted.add(line.hash)
      damaged.push(index + 1)
    }
  }
  return damaged
}

function treeOf(nodes: ReadonlyMap<string, Node>): Tree {
  const next = new Map<string, Node[]>()
  for (const node of nodes.values()) {
    const siblings = next.get(node.prev)
    if (siblings) siblings.push(node)
    else next.set(node.prev, [node])
  }
  // From the beginning on, then back: as deep as the log is long, so without recursion.
  const order = [...(next.get(genesis) ?? [])]
  for (const node of order) order.push(...(next.get(node.hash) ?? []))
  const depth = new Map<string, number>()
  for (const { hash } of order.toReversed()) {
    const below = (next.get(hash) ?? []).map((child) => depth.get(child.hash) ?? 0)
    depth.set(hash, 1 + Math.max(0, ...below))
  }
  return { nodes, next, depth }
}

function walk({ next, depth }: Tree, prefer: number | undefined) {
  const chain: Node[] = []
  const setAside: Recovery['setAside'][number][] = []
  const deep = (node: Node) => depth.get(node.hash) ?? 0
  for (let hash = genesis; ; ) {
    const [best, ...others] = (next.get(hash) ?? []).toSorted(
      (a, b) =>
        preference(b, prefer) - preference(a, prefer) || deep(b) - deep(a) || b.term - a.term,
    )
    if (!best) return { chain, setAside }
    const sequence = chain.length + 1
    const isDecided = prefer !== undefined && best.journals.has(prefer)
    const rival = others.find((other) => !isUnacknowledged(other, best, deep))
    if (rival && !isDecided) {
      const sides = [best, ...others].map((node) => ({
        journals: [...node.journals],
        blocks: deep(node),
      }))
      return { chain, setAside, contradiction: { sequence, sides } }
    }
    setAside.push(...others.map((other) => ({ sequence, hash: other.hash })))
    chain.push(best)
    hash = best.hash
  }
}

const preference = ({ journals }: Node, prefer: number | undefined): number =>
  prefer !== undefined && journals.has(prefer) ? 1 : 0

/** One block that nobody has built upon, beside a later leader's, or one that others built upon. */
function isUnacknowledged(other: Node, best: Node, deep: (node: Node) => number): boolean {
  if (deep(other) !== 1) return false
  return other.term < best.term || (other.term === best.term && deep(best) > 1)
}

/** Writes the chain as a new journal and resolves when it is on the disk. Never over a file. */
export async function writeChain(
  { journals, chain }: Recovery,
  path: string,
): Promise<{ readonly blocks: number; readonly hash: string }> {
  const sources: FileHandle[] = []
  const target = await open(path, 'wx', 0o600)
  let hash = genesis
  try {
    for (const journal of journals) sources.push(await open(journal.path, 'r'))
    for (const block of chain) {
      const bytes = Buffer.alloc(block.length + 1, '\n')
      await sources[block.journal]?.read(bytes, 0, block.length, block.offset)
      // Files that somebody writes to meanwhile are not what was looked at.
      if (hashOf(bytes.subarray(0, -1)) !== block.hash || block.prev !== hash) {
        throw new Error(`${journals[block.journal]?.path} has changed while it was read`)
      }
      hash = block.hash
      await target.appendFile(bytes)
    }
    await target.sync()
  } finally {
    for (const source of sources) await source.close()
    await target.close()
  }
  await using directory = await open(dirname(path), 'r')
  await directory.sync()
  return { blocks: chain.length, hash }
}
