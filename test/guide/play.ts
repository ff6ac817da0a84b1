/** Plays a page of the guide on simulated machines: what is typed, and what happens meanwhile. */
import { join } from 'node:path'
import { expect } from 'vitest'
import { wordsOf } from '../stories/operator.ts'
import { type Story, tell } from '../stories/story.ts'
import { until } from '../system/harness.ts'
import { type Act, firstNotPrinted } from './page.ts'

type Command = Extract<Act, { kind: 'command' }>

const gib = 1024 * 1024
/** Machines as they come, each with two disks that nobody uses; n4 is new in the cluster. */
const machines = ['n1', 'n2', 'n3', 'n4']
const files = { passphrase: 'correct horse battery staple\n', 'new-passphrase': 'other words\n' }

/** Commands that look and change nothing: what they show may take a moment to come true. */
const looking =
  /^varve (\S+ list\S*|\S+ show|health|history|proposals|explain|status|log|\S+ status)\b/

export async function play(acts: readonly Act[]): Promise<void> {
  const [first, ...rest] = acts
  const isNew = first?.kind === 'scene' && first.text === 'a new cluster'
  await using story = await tell({
    nodes: isNew ? machines.slice(0, 3) : machines,
    satellites: !isNew,
    register: isNew ? [] : machines.slice(0, 3),
    controller: { keeping: { replicas: isNew ? 1 : 3, isSynced: true, hasJournal: true } },
    files,
    host: () => ({
      disks: [
        { name: '/dev/sda', sizeKib: 200 * gib },
        { name: '/dev/sdb', sizeKib: 100 * gib },
        { name: '/dev/sdc', sizeKib: 100 * gib },
      ],
    }),
  })
  for (const act of isNew ? rest : acts) {
    if (act.kind === 'scene') await happen(story, act.text)
    else if (act.machine === undefined) await typeCommand(story, act)
    else await runAsRoot(story, act.machine, act)
  }
}

async function typeCommand(story: Story, act: Command): Promise<void> {
  const line = act.line.replace(/^varve /, '')
  expect(act.line, 'the operator types varve').not.toBe(line)
  let last = ''
  const once = async () => {
    const { code, out, err } = await story.type(inDirectoryOf(story, line))
    last = `exit code ${code}\n${out}${err}`
    const isAsTold = looking.test(act.line) || (code !== 0) === act.isRefused
    if (!isAsTold) throw new Error(`$ ${act.line}\n${last}`)
    return firstNotPrinted(act.shown, last)
  }
  if (looking.test(act.line) && !act.isRefused) {
    await until(`$ ${act.line} shows it`, async () => (await once()) === undefined, 20_000).catch(
      (cause: unknown) => {
        throw new Error(`$ ${act.line}\n${last}`, { cause })
      },
    )
  } else {
    const missing = await once()
    if (missing !== undefined) throw new Error(`$ ${act.line}\ndid not print: ${missing}\n${last}`)
  }
  if (process.env.VARVE_GUIDE_TELL) console.log(`$ ${act.line}\n${last}`)
}

/** Files that a page makes are made where the story's own are. */
function inDirectoryOf({ simulated }: Story, line: string): string {
  return line.replaceAll(/[\w-]+\.(?:bundle|plan)\b/g, (name) =>
    join(simulated.system.directory, name),
  )
}

/** What the guide has root do on a machine: the satellite's service, power, and the tools. */
async function runAsRoot(story: Story, name: string, act: Command): Promise<void> {
  const words = wordsOf(act.line)
  const { simulated } = story
  const machine = story.machine(name)
  const [tool, verb, unit] = words
  if (tool === 'systemctl' && unit === 'varve-satellite') {
    if (verb === 'stop') return simulated.stopSatellite(name)
    if (verb === 'start' || verb === 'enable') return simulated.startSatellite(name)
  }
  if (tool === 'reboot') {
    await machine.losesPower()
    return machine.comesBack()
  }
  const printed = await machine.runs(...words)
  const missing = firstNotPrinted(act.shown, printed)
  if (missing !== undefined)
    throw new Error(`${name}# ${act.line}\nmissing: ${missing}\n${printed}`)
  if (process.env.VARVE_GUIDE_TELL) console.log(`${name}# ${act.line}\n${printed}`)
}

const happenings: readonly [RegExp, (story: Story, name: string, rest: string) => unknown][] = [
  [/^(\S+) loses power$/, (story, name) => story.machine(name).losesPower()],
  [/^(\S+) comes back$/, (story, name) => story.machine(name).comesBack()],
  [/^(\S+) opens (\S+)$/, (story, name, definition) => story.machine(name).opens(definition)],
  [/^(\S+) closes (\S+)$/, (story, name, definition) => story.machine(name).closes(definition)],
  [/^(\S+) writes (.+)$/, (story, name, rest) => writeOn(story, name, rest)],
  [/^(\S+) cannot write (\S+)$/, cannotWrite],
  [/^(\S+) holds (.+)$/, holds],
  [/^the disk of (\S+) fails$/, (story, name) => hostOf(story, name).failDisk('/dev/sda')],
  [/^(\S+) gets a new disk$/, (story, name) => hostOf(story, name).replaceDisk('/dev/sda')],
  [
    /^the thin pool of (\S+) is full$/,
    (story, name) => hostOf(story, name).fillPool('vg0', 'thin', 100),
  ],
  [/^the cables of (\S+) are cut$/, (story, name) => story.cutCables(name)],
  [/^the cables are (mended)$/, (story) => story.mendCables()],
  [/^the (controller) is restarted$/, (story) => story.restartController()],
  [/^(\S+) is well$/, (story, definition) => story.isWell(definition)],
]

async function happen(story: Story, text: string): Promise<void> {
  for (const [pattern, act] of happenings) {
    const found = pattern.exec(text)
    if (!found) continue
    await act(story, found[1] ?? '', found[2] ?? '')
    return
  }
  throw new Error(`nobody knows how this happens: ${text}`)
}

const hostOf = (story: Story, name: string) => story.simulated.world.host(name)

/** `web the words`: into the first block of web. */
async function writeOn(story: Story, name: string, rest: string): Promise<void> {
  const [definition = '', ...text] = rest.split(' ')
  const machine = story.machine(name)
  await machine.opens(definition)
  await machine.writes(definition, 1, text.join(' '))
}

async function cannotWrite(story: Story, name: string, definition: string): Promise<void> {
  await story.machine(name).cannotWrite(definition, 2, 'nothing')
}

/** `web the words`: what an application on the machine reads. */
async function holds(story: Story, name: string, rest: string): Promise<void> {
  const [definition = '', ...text] = rest.split(' ')
  const wanted = text.join(' ')
  await until(
    `${name} holds ${wanted}`,
    () => story.machine(name).reads(definition) === `1=${wanted}`,
  )
}
