/** `./dev build`: what is installed on machines that run Varve, in `dist/`. */
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { version } from '../../packages/cli/src/commands/run/version.ts'
import { bundle } from './bundle.ts'
import { checkout } from './checkout.ts'
import { licencesOf } from './licences.ts'

const help = `./dev build [options]
  --directory DIR   where to (default dist); an earlier build there is replaced
  --with-node       put this Node beside it, so that the machine needs none of its own
`
const startFile = 'infra/packaging/varve'
const manual = 'infra/packaging/README.md'
const units = 'infra/systemd'

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      directory: { type: 'string', default: join(checkout, 'dist') },
      'with-node': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const directory = resolve(values.directory)
  const varve = await build(directory, { withNode: values['with-node'] })
  process.stdout.write(`Varve ${version}: ${varve}\n`)
  return 0
}

/** Builds into `directory` and returns the path of the command. */
export async function build(
  directory: string,
  options: { readonly withNode?: boolean } = {},
): Promise<string> {
  await demandOurs(directory)
  const made = `${directory}.new`
  await rm(made, { recursive: true, force: true })
  await mkdir(join(made, 'bin'), { recursive: true })
  await mkdir(join(made, 'lib'))
  const { files, modules } = await bundle()
  for (const [name, text] of files) await writeFile(join(made, 'lib', name), text)
  await writeFile(join(made, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(made, 'LICENCES'), await licencesOf(modules))
  await copyFile(join(checkout, manual), join(made, 'README.md'))
  await cp(join(checkout, units), join(made, 'systemd'), { recursive: true })
  const command = join(made, 'bin/varve')
  await copyFile(join(checkout, startFile), command)
  await chmod(command, 0o755)
  if (options.withNode) await copyFile(process.execPath, join(made, 'bin/node'))
  await rm(directory, { recursive: true, force: true })
  await rename(made, directory)
  return join(directory, 'bin/varve')
}

/** For npm, should it be installed with it; and it says that the files are ES modules. */
const manifest = {
  name: 'varve',
  version,
  type: 'module',
  bin: { varve: 'bin/varve' },
  engines: { node: '>=24.12' },
}

/** What stands at `directory` is removed only when it is a build of ours. */
async function demandOurs(directory: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => [])
  if (names.length === 0) return
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => '{}')
  const { name } = JSON.parse(text) as { name?: string } // Any JSON object will do.
  if (name === manifest.name && names.includes('lib')) return
  throw new Error(`${directory} is not empty and no build of Varve: name another with --directory`)
}
