/** A leader that is killed costs a second or two; `./dev bench --only failover` says how many. */
import { expect, it } from 'vitest'
import { measureFailovers } from '../bench/failover.ts'

it('commands go on after SIGKILL of the leader, again and again', async () => {
  const took = await measureFailovers(4)
  console.log(`SIGKILL until the next command: ${took.map(Math.round).join(', ')} ms`)
  // A standby waits for the lease, so less would mean that nobody had led.
  for (const ms of took) expect(ms).toBeGreaterThan(300)
}, 300_000)
