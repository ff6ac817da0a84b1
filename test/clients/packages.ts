/** LINSTOR's own clients, from their registries, into the cache of this checkout. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(here, '../../node_modules/.cache/varve/clients')
/** A registry that does not answer is given up after this. */
const longestMs = 120_000

/** How to run a client with its arguments added, or why this machine cannot have it. */
export type Client =
  | {
      readonly ok: true
      readonly argv: readonly [string, ...string[]]
      readonly env: NodeJS.ProcessEnv
    }
  | { readonly ok: false; readonly reason: string }

/** The story of `python/story.py`, with the library of `python/requirements.txt` from PyPI. */
export function pythonStory(): Promise<Client> {
  return prepared('python-linstor', async () => {
    const env = await pythonPackages('python', 'python/requirements.txt')
    return { ok: true, argv: ['python3', join(here, 'python/story.py')], env }
  })
}

/** Programs that judge what is answered, of `python/checkers.txt`; argv is Python alone. */
export function pythonCheckers(): Promise<Client> {
  return prepared('checkers of Python', async () => {
    const env = await pythonPackages('checkers', 'python/checkers.txt')
    return { ok: true, argv: ['python3'], env }
  })
}

/** What Python needs in its environment to have the packages of a list. */
async function pythonPackages(name: string, list: string): Promise<NodeJS.ProcessEnv> {
  const requirements = join(here, list)
  const packages = await kept(name, [requirements], (directory) =>
    run(
      'python3',
      [
        ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
        ...['--target', directory, '--requirement', requirements],
      ],
      { timeout: longestMs },
    ),
  )
  return { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }
}

/** The sweep of `golinstor/`, built with the module that its `go.mod` names. */
export function golinstorSweep(): Promise<Client> {
  return prepared('golinstor', async () => {
    const module = join(here, 'golinstor')
    const names = [
      'go.mod',
      'go.sum',
      'main.go',
      'caller.go',
      'cluster.go',
      'data.go',
      'kept.go',
    ] as const
    const sources = names.map((name) => join(module, name))
    const directory = await kept('golinstor', sources, (into) =>
      run('go', ['build', '-o', join(into, 'sweep'), '.'], { cwd: module, timeout: longestMs }),
    )
    return { ok: true, argv: [join(directory, 'sweep')], env: {} }
  })
}

/** The story of `java/`, compiled against the library that its `pom.xml` names. */
export function javaStory(): Promise<Client> {
  return prepared('java-linstor', async () => {
    const project = join(here, 'java')
    const sources = ['pom.xml', 'Story.java'].map((name) => join(project, name))
    const directory = await kept('java-linstor', sources, async (into) => {
      const libraries = join(into, 'lib')
      await run(
        'mvn',
        [
          ...['--quiet', '--batch-mode', '--file', join(project, 'pom.xml')],
          ...['dependency:copy-dependencies', `-DoutputDirectory=${libraries}`],
        ],
        { timeout: longestMs },
      )
      const classes = ['-classpath', join(libraries, '*'), '-d', into]
      await run('javac', ['-nowarn', ...classes, join(project, 'Story.java')], {
        timeout: longestMs,
      })
    })
    const path = [join(directory, 'lib', '*'), directory].join(delimiter)
    return { ok: true, argv: ['java', '-classpath', path, 'Story'], env: {} }
  })
}

/** Prometheus' own judge of metrics, of Debian's package; nothing of it is installed. */
export function promtool(): Promise<Client> {
  return prepared('promtool', async () => {
    const isHere = await run('promtool', ['--version']).then(
      () => true,
      () => false,
    )
    if (isHere) return { ok: true, argv: ['promtool'], env: {} }
    const directory = await kept('promtool', [], async (into) => {
      await run('apt-get', ['--quiet', 'download', 'prometheus'], {
        cwd: into,
        timeout: longestMs,
      })
      const [file = ''] = (await readdir(into)).filter((name) => name.endsWith('.deb'))
      await run('dpkg-deb', ['--extract', join(into, file), into])
      await rm(join(into, file))
    })
    return { ok: true, argv: [join(directory, 'usr/bin/promtool')], env: {} }
  })
}

/** What cannot be had is said aloud: a skipped test alone would be overlooked. */
async function prepared(name: string, prepare: () => Promise<Client>): Promise<Client> {
  try {
    return await prepare()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.log(`NO ${name} on this machine, so its tests are skipped: ${reason}`)
    return { ok: false, reason }
  }
}

/** A directory that is made once for each content of the files, whole or not at all. */
async function kept(
  name: string,
  files: readonly string[],
  make: (directory: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  const directory = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
  const isThere = await access(directory).then(
    () => true,
    () => false,
  )
  if (isThere) return directory
  const unfinished = `${directory}.${process.pid}`
  await mkdir(unfinished, { recursive: true })
  try {
    await make(unfinished)
    await rename(unfinished, directory)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return directory
}
