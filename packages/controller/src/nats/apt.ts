/**
 * Gets a current nats-server out of Debian without touching the system: a private apt
 * configuration whose only source is the machine's own Debian mirror with a newer suite. The
 * binary needs nothing but libc6 2.34, so it runs unmodified on Debian 12. Signatures are checked
 * by apt with the keyring that the machine already trusts.
 */

import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** One place that serves Debian packages, as the machine's apt knows it. */
export type DebianMirror = { uri: string; signedBy: string | undefined }

/** The suite that carries nats-server 2.15; bookworm has 2.9 and trixie 2.10. */
const suite = 'forky'
const debianSuites = /^(oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)$/
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Package lists are about 10 MB; a slow line must still be able to fetch them. */
const fetchTimeoutMs = 180_000

/**
 * Downloads the package into `cacheDir` and unpacks the one binary to `cacheDir/<name>`.
 * `nameOf` is asked, with the path of the unpacked binary, what it shall be called. Two processes
 * may do this at once: each works in its own temporary directory, the rename is atomic.
 * Throws an Error with apt's own words when the machine has no Debian mirror or it fails.
 */
export async function fetchFromDebian(
  cacheDir: string,
  nameOf: (binary: string) => Promise<string>,
  { log, signal }: { log: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<string> {
  const mirrors = parseAptSources(await readAptSources('/etc/apt'))
  const mirror = mirrors[0]
  if (mirror === undefined) throw new Error('no Debian mirror is configured in /etc/apt')
  const temporary = await workDirectory(cacheDir)
  try {
    log(`fetching nats-server from Debian ${suite} at ${mirror.uri} into ${cacheDir}`)
    const binary = await download(temporary, mirror, signal)
    const target = join(cacheDir, await nameOf(binary))
    await rename(binary, target)
    return target
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function workDirectory(cacheDir: string): Promise<string> {
  try {
    await mkdir(cacheDir, { recursive: true })
    return await mkdtemp(join(cacheDir, '.fetch-'))
  } catch (cause) {
    throw new Error(`${cacheDir} cannot be written; name another directory in VARVE_CACHE`, {
      cause,
    })
  }
}

async function download(
  directory: string,
  mirror: DebianMirror,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = await aptOptions(directory, mirror)
  const at = { cwd: directory, timeout: fetchTimeoutMs, ...(signal ? { signal } : {}) }
  await run('apt-get', [...options, '--quiet', 'update'], at)
  await run('apt-get', [...options, '--quiet', 'download', 'nats-server'], at)
  const archive = (await readdir(directory)).find((name) => name.endsWith('.deb'))
  if (archive === undefined) throw new Error('apt-get download left no package behind')
  await run('dpkg-deb', ['-x', archive, 'root'], at)
  for (const place of ['root/usr/sbin/nats-server', 'root/usr/bin/nats-server']) {
    const binary = join(directory, place)
    if (await exists(binary)) return binary
  }
  throw new Error(`${archive} holds no nats-server binary`)
}

/** Rejects with the tool's own first complaint, not with the whole command line and output. */
async function run(
  tool: string,
  args: readonly string[],
  at: { cwd: string; timeout: number; signal?: AbortSignal },
): Promise<void> {
  try {
    await execute(tool, args, at)
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    const complaint = /^(?:E|Err|dpkg-deb: error): *(.+)$/m.exec(stderr)?.[1]
    if (complaint === undefined) throw cause
    throw new Error(`${tool}: ${complaint}`, { cause })
  }
}

async function aptOptions(directory: string, mirror: DebianMirror): Promise<string[]> {
  const signedBy = mirror.signedBy ?? ((await exists(debianKeyring)) ? debianKeyring : undefined)
  const brackets = ['target=Packages', ...(signedBy ? [`signed-by=${signedBy}`] : [])].join(' ')
  const list = join(directory, 'sources.list')
  await writeFile(list, `deb [${brackets}] ${mirror.uri} ${suite} main\n`)
  await mkdir(join(directory, 'lists/partial'), { recursive: true })
  await mkdir(join(directory, 'cache/archives/partial'), { recursive: true })
  return Object.entries({
    'Dir::Etc::SourceList': list,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(directory, 'lists'),
    'Dir::Cache': join(directory, 'cache'),
    // The directory belongs to the caller; apt's own user could not write into it.
    'APT::Sandbox::User': 'root',
    // Else a mirror that is out of reach is a warning, and the complaint is a missing package.
    'APT::Update::Error-Mode': 'any',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
}

async function readAptSources(directory: string): Promise<{ name: string; text: string }[]> {
  const parts = await readdir(join(directory, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))]
  const read = files.map(async (name) => {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '')
    return { name, text }
  })
  return Promise.all(read)
}

/**
 * The Debian mirrors named by apt's source files, in both formats (sources.list(5)): `.list` has
 * one line each, `.sources` has deb822 stanzas. Sources of other distributions and vendors are
 * told apart by their suite: only Debian's own names count.
 */
export function parseAptSources(files: readonly { name: string; text: string }[]): DebianMirror[] {
  return files.flatMap(({ name, text }) => {
    if (name.endsWith('.sources')) return text.split(/\n\s*\n/).flatMap(parseStanza)
    if (name.endsWith('.list')) return text.split('\n').flatMap(parseLine)
    return []
  })
}

function parseLine(line: string): DebianMirror[] {
  const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+\S/.exec(line)
  if (match === null) return []
  const [, options = '', uri = '', name = ''] = match
  const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1]
  return keepDebian([uri], [name], signedBy)
}

function parseStanza(stanza: string): DebianMirror[] {
  const fields = new Map<string, string>()
  let field = ''
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue
    const start = /^([A-Za-z-]+):\s*(.*)$/.exec(line)
    if (start !== null) field = (start[1] ?? '').toLowerCase()
    const text = start === null ? line.trim() : (start[2] ?? '').trim()
    fields.set(field, `${fields.get(field) ?? ''} ${text}`.trim())
  }
  const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word)
  const isOff = /^(no|false|off|0)$/i.test(fields.get('enabled') ?? 'yes')
  if (isOff || !words('types').includes('deb')) return []
  // A key may stand inline instead of a path; apt's default keyrings serve then.
  const signedBy = words('signed-by').find((word) => word.startsWith('/'))
  return keepDebian(words('uris'), words('suites'), signedBy)
}

function keepDebian(uris: string[], suites: string[], signedBy: string | undefined) {
  if (!suites.some((name) => debianSuites.test(name))) return []
  return uris.filter((uri) => /^(https?|mirror)/.test(uri)).map((uri) => ({ uri, signedBy }))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
