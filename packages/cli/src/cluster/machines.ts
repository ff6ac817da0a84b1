/** The machines of a new cluster, as the command line names them: `c1=10.0.0.1`. */
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { UserError } from '../session.ts'

export type Machine = { readonly name: string; readonly address: string }

const hostName = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/

export function readMachines(words: readonly string[]): Machine[] {
  const machines = words.map((word) => {
    const [name = '', address = '', ...rest] = word.split('=')
    const isAddress = isIP(address) > 0 || address.split('.').every((part) => hostName.test(part))
    if (!hostName.test(name) || !isAddress || rest.length > 0) {
      throw new UserError(`${word}: a machine is given as name=address, as in c1=10.0.0.1.`)
    }
    return { name, address }
  })
  if (![1, 3, 5].includes(machines.length)) {
    const why = 'the log is kept by a majority of them'
    throw new UserError(
      `A cluster has 1, 3 or 5 machines with a controller, not ${machines.length}: ${why}.`,
    )
  }
  for (const key of ['name', 'address'] as const) {
    const twice = machines.find(
      (one, index) => machines.findIndex((two) => two[key] === one[key]) < index,
    )
    if (twice) throw new UserError(`${twice[key]} is given to two machines.`)
  }
  return machines
}

/** Which of them this machine is: said so, called so, or at that address. */
export function ownMachine(machines: readonly Machine[], said: string | undefined): string {
  const named = machines.find(({ name }) => name === said)
  if (said !== undefined && !named) throw new UserError(`${said} is none of the machines given.`)
  const own = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address }) => address),
  )
  const found =
    named ??
    machines.find(({ address }) => own.includes(address)) ??
    machines.find(({ name }) => name === hostname())
  if (!found) {
    throw new UserError(
      'Which of the machines is this one? None has its address: say it with --as.',
    )
  }
  return found.name
}
