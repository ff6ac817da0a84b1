/** How fast a whole system is simulated: three controllers and ten satellites in one process. */
import { WholeCluster } from '../../packages/sim/src/whole/cluster.ts'
import { type Figure, figure } from './figure.ts'

const runs = 3
const settleMs = 20_000
const measuredMs = 120_000

export async function wholeFigures(): Promise<Figure[]> {
  const row = async (what: string, users: number) =>
    figure({
      what: `3 simulated controllers and 10 satellites, ${what}: simulated time per second of one core`,
      unit: 'h',
      aim: 1,
      reached: 'at-least',
      runs: await hoursPerSecond(users),
    })
  return [await row('at rest', 0), await row('one user who commands without a pause', 1)]
}

/** By processor time: the machine may have other things to do. */
async function hoursPerSecond(users: number): Promise<number[]> {
  const found: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const each = await WholeCluster.start(run + 1, { controllers: 3, nodes: 10, users })
    await each.pass(settleMs)
    const before = process.cpuUsage()
    await each.pass(measuredMs)
    const { user, system } = process.cpuUsage(before)
    found.push(measuredMs / 3_600_000 / ((user + system) / 1_000_000))
    for (const seat of each.controllers.values()) seat.kill(false)
    for (const seat of each.satellites.values()) seat.kill()
  }
  return found
}
