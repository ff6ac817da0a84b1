/** `varve cluster init`, `join` and `token`: keys for machines, nodes and people. */
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Role, roleMeanings } from '@varve/events'
import { type Command, Option } from 'commander'
import { readPositionals } from '../arguments/positionals.ts'
import { foundCluster, printed } from '../cluster/found.ts'
import { newKeyPair, publicKeyOf } from '../cluster/keys.ts'
import { ownMachine, readMachines } from '../cluster/machines.ts'
import { readIfThere, writeNewSecret, writeSecret } from '../cluster/place.ts'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import type { OwnVerb } from '../verb.ts'

const machineDirectory = '/etc/varve'

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  if (verb.verb === 'token') {
    configureToken(command, verb, run)
    return
  }
  command.addOption(
    new Option('--directory <dir>', 'where this machine keeps its keys').default(machineDirectory),
  )
  if (verb.verb === 'join') configureJoin(command, verb, run)
  else configureInit(command, verb, run)
}

function configureInit(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command
    .option('--as <name>', 'which of the machines this one is (default: the one at its address)')
    .option('--admin <name>', 'the first admin', 'admin')
    .action((...words: unknown[]) => {
      const [args = {}] = readPositionals(verb.positionals ?? [], words)
      // Declared above, with defaults.
      const options = command.opts<{ directory: string; as?: string; admin: string }>()
      run((session) => init(session, String(args.name), args.machines as string[], options))
    })
}

async function init(
  session: Session,
  cluster: string,
  words: readonly string[],
  options: { readonly directory: string; readonly as?: string; readonly admin: string },
): Promise<number> {
  const { directory, admin } = options
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(cluster)) {
    throw new UserError('The name of a cluster has 1 to 32 letters, digits, _ and -.')
  }
  const machines = readMachines(words)
  const own = ownMachine(machines, options.as)
  const { signal } = session
  const done = await foundCluster({ cluster, machines, own, admin, directory, signal })
  const others = machines.filter(({ name }) => name !== own)
  session.print(
    done === 'made'
      ? `Cluster ${cluster}: keys are in ${directory}/cluster. Keep ca.key and admin.json safe.`
      : `Cluster ${cluster} is there already, with these machines; nothing was changed.`,
  )
  for (const { name, address } of others) {
    const token = `${directory}/cluster/tokens/${name}.json`
    session.print(`  scp -p ${token} root@${address}:     # there: varve cluster join ${name}.json`)
  }
  session.print('Then on each of the machines:')
  session.print('  systemctl enable --now varve-nats varve-controller')
  return exitCodes.done
}

function configureJoin(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command
    .option('--replace', 'in place of the identity that is there')
    .action((...words: unknown[]) => {
      const [args = {}] = readPositionals(verb.positionals ?? [], words)
      // Declared above.
      const options = command.opts<{ directory: string; replace?: boolean }>()
      run((session) => joinCluster(session, String(args.file), options))
    })
}

async function joinCluster(
  session: Session,
  file: string,
  options: { readonly directory: string; readonly replace?: boolean },
): Promise<number> {
  const identity = await read(file)
  const { role, name, cluster } = identity
  if (role !== 'controller' && role !== 'satellite') {
    const how = `export VARVE_IDENTITY=${file}`
    throw new UserError(`${name} is ${role}, and no machine: use the file as it is, ${how}`)
  }
  const place = join(options.directory, 'cluster')
  await mkdir(place, { recursive: true, mode: 0o700 })
  const path = join(place, `${role}.json`)
  const text = printed(identity)
  const start = role === 'controller' ? 'varve-nats varve-controller' : 'varve-satellite'
  if (options.replace) await writeSecret(path, text)
  else if (!(await writeNewSecret(path, text))) {
    const there = await readIfThere(path)
    if (there === undefined || printed(there as object) !== text) {
      const sentence = `This machine has joined already, with another key: ${path}.`
      throw new UserError(`${sentence} --replace puts this one in its place.`, exitCodes.usage)
    }
  }
  session.print(`This machine is ${role} ${name} of cluster ${cluster}.`)
  session.print(`  systemctl enable --now ${start}`)
  return exitCodes.done
}

function configureToken(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  const roles = Object.entries(roleMeanings).map(([role, meaning]) => `${role}: ${meaning}`)
  command
    .addOption(
      new Option('--role <role>', `what it may do (${roles.join('; ')})`)
        .choices(Object.keys(roleMeanings))
        .makeOptionMandatory(),
    )
    .option('--file <file>', 'where to put the identity (default <name>.json)')
    .action((...words: unknown[]) => {
      const [args = {}] = readPositionals(verb.positionals ?? [], words)
      // Declared above, its choices checked.
      const options = command.opts<{ role: Role; file?: string }>()
      run((session) => token(session, String(args.member), options))
    })
}

/**
 * The key first, then the cluster is told: whatever is interrupted in between, the same command
 * finds the key again and tells it again.
 */
async function token(
  session: Session,
  name: string,
  { role, file = `${name}.json` }: { readonly role: Role; readonly file?: string },
): Promise<number> {
  if (session.options.plan)
    throw new UserError('A key that is only planned is none: leave out --plan.')
  const client = await session.client()
  if (client.identity === undefined) {
    const sentence = 'This cluster has no keys, or you have not said who you are'
    throw new UserError(`${sentence}: an admin’s identity is needed (--identity, VARVE_IDENTITY).`)
  }
  const { v, cluster, servers, ca } = client.identity
  const made = { v, cluster, name, role, servers, ca, seed: newKeyPair().seed }
  const isNew = await writeNewSecret(file, printed(made))
  const identity = isNew ? made : await read(file)
  const isOf = identity.cluster === cluster && identity.ca === ca
  if (identity.name !== name || identity.role !== role || !isOf) {
    const sentence = `${file} is there already, and is not that of ${role} ${name} in this cluster`
    throw new UserError(`${sentence}; --file names another.`)
  }
  const publicKey = publicKeyOf(identity.seed)
  const reply = await client.command(
    'member.add',
    { member: name, role, publicKey },
    session.options,
  )
  if (!reply.ok) {
    if (isNew) await rm(file)
    return printRefusal(session, reply.refusal)
  }
  session.print(`${file} is the identity of ${role} ${name}; whoever has it is ${name}.`)
  session.print(
    role === 'satellite'
      ? `  scp -p ${file} to node ${name}; there: varve cluster join ${file}`
      : `  ${name} uses it with: export VARVE_IDENTITY=${file}`,
  )
  return exitCodes.done
}

async function read(file: string) {
  const { readIdentity } = await import('@varve/controller/identity')
  await access(file).catch((cause) => {
    throw new UserError(`There is no file ${file}.`, exitCodes.usage, cause)
  })
  return readIdentity(file).catch((error: Error) => {
    throw new UserError(error.message, exitCodes.usage, error)
  })
}
