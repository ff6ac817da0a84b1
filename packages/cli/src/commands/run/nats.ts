/** `varve run nats`: the nats-server of one machine of a cluster. */
import { parseArgs } from 'node:util'
import { findNatsServer, readControllerIdentity, runSite } from '@varve/controller'
import { pino } from 'pino'
import { makeDirectory } from './directory.ts'
import { identityOfMachine } from './identity.ts'
import { stopSignal } from './stop.ts'

const help = `varve run nats [options]
  --identity FILE   what \`varve cluster init\` or \`join\` put on this machine
                    (default ${identityOfMachine.controller})
  --directory DIR   configuration and streams (default /var/lib/varve/nats)
  --log-level L     debug, info, warn or error (default info)
`

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      identity: { type: 'string', default: identityOfMachine.controller },
      directory: { type: 'string', default: '/var/lib/varve/nats' },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { directory } = values
  const identity = await readControllerIdentity(values.identity)
  const log = pino({ name: identity.name, level: values['log-level'] })
  const signal = stopSignal()
  await makeDirectory(directory)
  const server = await findNatsServer({ env: process.env, log: (line) => log.info(line), signal })
  await runSite({ identity, directory, server, log, signal })
  return 0
}
