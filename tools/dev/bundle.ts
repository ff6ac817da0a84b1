/**
 * The bundle: all of `varve` as few modules without types and comments, split so that a process
 * loads what it runs and nothing else. The same sources make the same bytes.
 */
import { join, relative } from 'node:path'
import { type OutputAsset, type OutputChunk, rolldown } from 'rolldown'
import { checkout } from './checkout.ts'

export type Bundle = {
  /** Text per file name; the entry is `varve.js`. */
  readonly files: ReadonlyMap<string, string>
  /** Paths in the checkout of all modules that loading the module at `path` makes a process load. */
  readonly loadedBy: (path: string) => readonly string[]
  /** Paths in the checkout of all modules that are in the bundle, sorted. */
  readonly modules: readonly string[]
}

const entry = 'packages/cli/src/main.ts'

export async function bundle(): Promise<Bundle> {
  await using build = await rolldown({
    cwd: checkout,
    input: { varve: entry },
    platform: 'node',
  })
  // Names and lines stay as they are: the stack of a fault is read by people.
  const { output } = await build.generate({ format: 'esm', sourcemap: true, comments: false })
  const chunks = output.filter((file) => file.type === 'chunk')
  return {
    files: new Map(output.map((file) => [file.fileName, textOf(file)])),
    loadedBy: (path) => modulesOf(reachable(path, chunks)),
    modules: modulesOf(chunks),
  }
}

/**
 * V8 keeps the text of every module, with two bytes per character as soon as one of them is beyond
 * Latin-1. Escapes mean the same wherever such characters stand (strings, patterns, templates)
 * but after a backslash, so that is checked. Lines stay where they are, and so does the map.
 */
function inAscii(code: string): string {
  const escaped = /\\[^\p{ASCII}]|String\.raw`[^`]*[^\p{ASCII}]/v.exec(code)
  if (escaped) throw new Error(`this cannot be written in ASCII: ${escaped[0]}`)
  return code.replaceAll(/[^\p{ASCII}]/gv, unicodeEscape)
}

/** One escape per UTF-16 unit. */
function unicodeEscape(character: string): string {
  const unit = (index: number) => character.charCodeAt(index).toString(16).padStart(4, '0')
  return Array.from({ length: character.length }, (_, index) => `\\u${unit(index)}`).join('')
}

function textOf(file: OutputChunk | OutputAsset): string {
  if (file.type === 'chunk') return inAscii(file.code)
  return typeof file.source === 'string' ? file.source : Buffer.from(file.source).toString()
}

/** The chunk of a module, and all that it imports at once. */
function reachable(path: string, chunks: readonly OutputChunk[]): OutputChunk[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const first = chunks.find((chunk) => modulesOf([chunk]).includes(path))
  if (!first) throw new Error(`${path} is not in the bundle`)
  const found = new Set([first])
  for (const chunk of found) {
    for (const name of chunk.imports) {
      const next = byName.get(name)
      if (next) found.add(next)
    }
  }
  return [...found]
}

function modulesOf(chunks: readonly OutputChunk[]): string[] {
  const ids = chunks.flatMap((chunk) => chunk.moduleIds)
  // Others are helpers that the bundler makes up.
  const real = ids.filter((id) => id.startsWith(join(checkout, '/')))
  return [...new Set(real.map((id) => relative(checkout, id)))].sort()
}
