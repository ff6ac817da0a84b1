/**
 * What the CSI driver sent under csi-sanity, and Python's classes, sent again. The recordings lie
 * beside the project and hold both sides; only what the clients read is compared.
 */
import { describe, expect, test } from 'vitest'
import { withRest } from '../system/rest.ts'
import { startSimulated } from '../system/simulated.ts'
import { type Exchange, readRecording } from './recording.ts'
import { replay } from './replay.ts'

const gib = 1024 * 1024

const recordings = {
  'csi-sanity.jsonl': await readRecording('csi-sanity.jsonl'),
  'api.jsonl': await readRecording('api.jsonl'),
}

for (const [name, exchanges] of Object.entries(recordings)) {
  if (!exchanges) console.log(`NO RECORDING ${name} beside this checkout: its replay is skipped`)
  describe.skipIf(!exchanges)(`${name} [needs shared-reference]`, () => {
    test('every answer is one that the client reads as it did then', async () => {
      expect(await replayed(exchanges ?? [])).toEqual([])
    }, 120_000)
  })
}

/** The third node has less room, so that what two replicas need lies where it did then. */
async function replayed(exchanges: readonly Exchange[]) {
  const { controller, rest } = withRest()
  await using _simulated = await startSimulated({
    nodes: ['n1', 'n2', 'n3'],
    controller,
    register: false,
    host: (node) => ({
      groups: [
        {
          name: 'vg',
          disks: ['/dev/sda'],
          thinPools: [{ name: 'thin', sizeKib: (node === 'n3' ? 20 : 100) * gib }],
        },
      ],
    }),
  })
  return await replay(await rest.url, exchanges)
}
