/** From SIGKILL of the leading controller until the next command is acknowledged. */
import { ulid } from 'ulid'
import { ChaosCluster, controllers } from '../system/chaos/cluster.ts'
import { until } from '../system/harness.ts'
import { type Figure, figure } from './figure.ts'

/** VARVE_FAILOVERS: how often, when somebody wants to know it better. */
const times = Number(process.env.VARVE_FAILOVERS ?? 20)

export async function failoverFigures(): Promise<Figure[]> {
  const all = (await measureFailovers(times)).toSorted((a, b) => a - b)
  const share = (part: number) => all[Math.min(all.length - 1, Math.floor(all.length * part))] ?? 0
  const row = (what: string, aim: number, ms: number) =>
    figure({ what, unit: 's', aim, reached: 'at-most', runs: [ms / 1000] })
  return [
    row(
      `SIGKILL of the leader until the next command is acknowledged, p50 of ${times}`,
      1.5,
      share(0.5),
    ),
    row(
      `SIGKILL of the leader until the next command is acknowledged, p99 of ${times}`,
      3,
      share(0.99),
    ),
  ]
}

/** Milliseconds, one after the other; the next leader is up and follows before it has to lead. */
export async function measureFailovers(rounds: number): Promise<number[]> {
  await using chaos = await ChaosCluster.start()
  const took: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await change(chaos, round)
    const leader = await until('somebody leads', () => leaderOf(chaos))
    const from = performance.now()
    await chaos.end(leader)
    await change(chaos, round + 0.5)
    took.push(performance.now() - from)
    chaos.start(leader)
    await until(`${leader} stands by`, () => isFollowing(chaos, leader), 60_000)
  }
  return took
}

async function change(chaos: ChaosCluster, round: number): Promise<void> {
  const args = { setProps: { 'Aux/round': String(round) } }
  const reply = await chaos.command('controller.modify', ulid(), args)
  if (!reply.ok) throw new Error(reply.refusal.message)
}

type Status = { readonly leader?: string; readonly controller: { readonly name: string } }

async function leaderOf(chaos: ChaosCluster): Promise<string | undefined> {
  const status = await chaos.query<Status>('status')
  return controllers.find((name) => name === status?.leader)
}

/** Questions go to any controller, so one that has started is soon asked. */
async function isFollowing(chaos: ChaosCluster, name: string): Promise<true | undefined> {
  const status = await chaos.query<Status>('status')
  return status?.controller.name === name || undefined
}
