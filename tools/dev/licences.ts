/** The licences of what a bundle contains of others, for the file that goes along with it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from './checkout.ts'

type Manifest = {
  readonly name: string
  readonly version: string
  readonly license?: string
}

const ruler = '-'.repeat(80)

/** Their names, versions and licence texts; throws when a package has none. */
export async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((path) => packageOf(path) ?? []))
  const parts = [`Varve contains parts of these packages, under the licences that follow.\n`]
  for (const folder of [...folders].sort()) parts.push(await licenceOf(join(checkout, folder)))
  return parts.join(`\n${ruler}\n`)
}

/** `node_modules/@nats-io/nats-core/lib/mod.js` → `node_modules/@nats-io/nats-core`. */
function packageOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

async function licenceOf(folder: string): Promise<string> {
  // A package that npm has installed has a manifest of this form.
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  const { name, version, license } = JSON.parse(text) as Manifest
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  if (names.length === 0) throw new Error(`${name} comes without the text of its licence`)
  const texts: string[] = []
  for (const file of names.sort()) texts.push(await readFile(join(folder, file), 'utf8'))
  const title = `${name} ${version}${license === undefined ? '' : ` (${license})`}`
  return [title, ...texts.map((one) => `${one.trim()}\n`)].join('\n\n')
}
