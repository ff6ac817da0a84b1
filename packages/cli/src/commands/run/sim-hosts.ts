/** `varve run sim-hosts`: simulated machines behind a unix socket, for demos and tests. */
import { parseArgs } from 'node:util'
import { createWorld, realClock, serveWorld } from '@varve/sim'
import { stopSignal } from './stop.ts'

const help = `varve run sim-hosts --socket PATH [options]
  --socket PATH     where satellites reach their machines (varve run satellite --simulated PATH)
  --hosts LIST      names, parted by commas (default n1,n2,n3); each has a volume group vg0 with
                    a thin pool of 100 GiB, DRBD 9 and the address 10.0.0.<number>
`

const gib = 1024 * 1024

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      socket: { type: 'string' },
      hosts: { type: 'string', default: 'n1,n2,n3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || values.socket === undefined) {
    process.stdout.write(help)
    return values.help ? 0 : 2
  }
  const world = createWorld({ clock: realClock() })
  for (const name of values.hosts.split(',')) {
    world.addHost({
      name,
      disks: [{ name: '/dev/sda', sizeKib: 200 * gib }],
      groups: [
        {
          name: 'vg0',
          disks: ['/dev/sda'],
          thinPools: [{ name: 'thin', sizeKib: 100 * gib }],
        },
      ],
    })
  }
  const signal = stopSignal()
  await using _served = await serveWorld(world, values.socket)
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return 0
}
