/** drbdadm's command line, and what it says of itself. */
import { type Call, type Output, ok } from '../tool.ts'

export type Ask = {
  readonly call: Call
  readonly command: string
  /** Options wherever they stood, those after `--` too. */
  readonly options: ReadonlySet<string>
  readonly maxPeers: string
  readonly targets: readonly string[]
  readonly configFile: string
}

const valued = new Set([
  '-c',
  '--config-file',
  '-t',
  '--config-to-test',
  '--max-peers',
  '--bitmap-block-size',
  '-s',
  '--drbdsetup',
  '-m',
  '--drbdmeta',
])

export function parseAsk(call: Call): Ask {
  const words: string[] = []
  const options = new Set<string>()
  const values = new Map<string, string>()
  for (let at = 0; at < call.args.length; at += 1) {
    const arg = call.args[at] ?? ''
    const [name = '', value] = arg.startsWith('--') ? arg.split('=') : [arg]
    if (arg === '--') continue
    if (valued.has(name)) values.set(name, value ?? call.args[++at] ?? '')
    else if (arg.startsWith('-')) options.add(arg)
    else words.push(arg)
  }
  const [command = '', ...targets] = words
  return {
    call,
    command,
    options,
    targets,
    maxPeers: values.get('--max-peers') ?? '',
    configFile: values.get('-c') ?? values.get('--config-file') ?? '/etc/drbd.conf',
  }
}

/** `drbdadm --version`: which module is loaded, in hex. */
export function version({ machine }: Call): Output {
  const build =
    'GIT-hash:\\ 409097fe02187f83790b88ac3e0d94f3c167adab\\ reproducible\\ build\\,\\ 2023-01-09\\ 14:51:18'
  const loaded = machine.modules.has('drbd')
  const [major = 0, minor = 0, patch = 0] = loaded ? machine.drbdVersion.split('.').map(Number) : []
  const code = (major << 16) | (minor << 8) | patch
  const kernel = machine.drbdVersion.startsWith('8')
    ? ''
    : `DRBD_KERNEL_VERSION=${loaded ? machine.drbdVersion : 0}\n`
  return ok(
    `DRBDADM_BUILDTAG=${build}\nDRBDADM_API_VERSION=${machine.drbdVersion.startsWith('8') ? 1 : 2}\nDRBD_KERNEL_VERSION_CODE=0x${code.toString(16).padStart(6, '0')}\n${kernel}DRBDADM_VERSION_CODE=0x091600\nDRBDADM_VERSION=9.22.0\n`,
  )
}
