/**
 * Three machines with a server, a controller and a satellite each lose one of them after the other,
 * by every way a machine is lost: what was acknowledged meanwhile is in the log, once, and the volume
 * that they share is whole again. VARVE_SITE_ROUNDS: how often.
 */
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { until } from './harness.ts'
import { addressOf, cluster, type MachineName, machines, TestSite } from './site/site.ts'

const rounds = Number(process.env.VARVE_SITE_ROUNDS ?? 1)
/** A server of which the others have elected a new leader meanwhile may come back with less. */
const electionMs = 10_000
/** Long enough for a lease to run out and for servers to notice; then all is well again. */
const faultMs = 4_000
const patienceMs = 300_000

let site: TestSite

beforeAll(async () => {
  site = await TestSite.create()
  const all = machines.map((machine) => `${machine}=${addressOf(machine)}`).join(' ')
  await site.must('c1', `cluster init ${cluster} ${all} --directory ${site.etc('c1')}`)
  for (const machine of ['c2', 'c3'] as const) {
    const token = `${site.etc('c1')}/cluster/tokens/${machine}.json`
    await site.must(machine, `cluster join ${token} --directory ${site.etc(machine)}`)
  }
  for (const machine of machines) {
    site.start('nats', machine)
    site.start('controller', machine)
  }
  await until(
    'somebody leads',
    async () => (await site.varve('c2', ['status'])).code === 0 || undefined,
    60_000,
  )
  site.startHardware(machines)
  for (const [index, machine] of machines.entries()) {
    await site.must('c1', `cluster token ${machine} --role satellite`)
    await site.must(machine, `cluster join ${machine}.json --directory ${site.etc(machine)}`)
    site.start('satellite', machine)
    await site.must('c1', `node create ${machine} 10.0.0.${index + 1}`)
    await site.must('c1', `storage-pool create lvm-thin ${machine} thin vg0/thin`)
  }
  await site.must('c1', 'resource-group spawn DfltRscGrp web 1G')
}, patienceMs)
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(await site.lastWords())
})
afterAll(() => site?.[Symbol.asyncDispose]())

const faults: Readonly<Record<string, (machine: MachineName) => Promise<void>>> = {
  'loses its power': async (machine) => {
    await Promise.all([site.kill('nats', machine), site.kill('controller', machine)])
    await pause(faultMs)
    site.start('nats', machine)
    site.start('controller', machine)
  },
  'has its controller stopped and going on': async (machine) => {
    await site.signal('controller', machine, 'SIGSTOP')
    await pause(faultMs)
    await site.signal('controller', machine, 'SIGCONT')
  },
  'has its server hanging': async (machine) => {
    await site.signal('nats', machine, 'SIGSTOP')
    await pause(faultMs)
    await site.signal('nats', machine, 'SIGCONT')
  },
  'has its satellite killed, then stopped and going on': async (machine) => {
    await site.kill('satellite', machine)
    site.start('satellite', machine)
    await site.signal('satellite', machine, 'SIGSTOP')
    await pause(faultMs)
    await site.signal('satellite', machine, 'SIGCONT')
  },
  'hears others, who do not hear it': async (machine) => {
    await site.namespaces.mute(machine, true)
    await pause(faultMs)
    await site.namespaces.mute(machine, false)
  },
  'has a server whose disk forgets a second': async (machine) => {
    await site.killForgetful(machine, 1_000)
    await pause(electionMs)
    site.start('nats', machine)
  },
  'has its cable cut': async (machine) => {
    await site.namespaces.plug(machine, false)
    await pause(faultMs)
    await site.namespaces.plug(machine, true)
  },
}

it(
  'what was acknowledged while machines came and went is in the log, once',
  async () => {
    const users = site.startScript('c1', 'commander.ts', ['load'])
    const acknowledged: string[] = []
    users.stdout.setEncoding('utf8').on('data', (words: string) => {
      acknowledged.push(...words.split('\n').filter((id) => id !== ''))
    })
    const answered = (from: number) =>
      until(
        'commands are acknowledged',
        () => acknowledged.length > from + 20 || undefined,
        120_000,
      )
    await answered(0)
    const began = performance.now()
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, [name, happens]] of Object.entries(faults).entries()) {
        const machine = machines[(index + round) % machines.length] ?? 'c1'
        const from = performance.now()
        const before = acknowledged.length
        await happens(machine)
        await answered(acknowledged.length)
        const seconds = ((performance.now() - from) / 1_000).toFixed(1)
        console.log(`${machine} ${name}: ${acknowledged.length - before} commands in ${seconds} s`)
      }
    }
    const seconds = Math.round((performance.now() - began) / 1_000)
    users.stdin.end()
    await once(users, 'close')
    const reader = site.startScript('c2', 'commander.ts', ['stored'])
    const ids = (await text(reader.stdout)).split('\n')
    const counts = new Map<string, number>()
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
    console.log(`${acknowledged.length} acknowledged in ${seconds} s of faults`)
    expect(acknowledged.filter((id) => counts.get(id) !== 1)).toEqual([])
    await until('the volume on them is whole', isWhole, 60_000)
    expect(site.surprises).toEqual([])
  },
  patienceMs,
)

async function isWhole(): Promise<true | undefined> {
  const { code, out } = await site.varve('c1', ['resource', 'list'])
  const isBad = /Outdated|Inconsistent|Connecting|offline/i.test(out)
  return (code === 0 && out.includes('UpToDate') && !isBad) || undefined
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
