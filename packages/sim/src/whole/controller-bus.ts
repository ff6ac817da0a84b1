/** What a controller has of the simulated server: see controller/edge/bus.ts. */
import { type Bus, nobodyThere, silence } from '@varve/controller/parts'
import { streams } from '@varve/events'
import type { Random } from '../random.ts'
import { type Answer, cluster, type End, type Server } from './server.ts'

/** Of so many requests one arrives twice, as after a lost answer. */
const twice = 0.02

export function controllerBus(server: Server, end: End, random: Random): Bus {
  const { process } = end
  const request: Bus['request'] = (subject, payload, { timeout, headers }) =>
    new Promise((resolve, reject) => {
      const timer = process.time.after(timeout, () => reject(silence()))
      const settle = (answer: Answer) => {
        timer[Symbol.dispose]()
        if (answer === 'nobody' || answer === undefined) reject(nobodyThere(subject))
        else resolve({ data: Buffer.from(JSON.stringify(answer)) })
      }
      const arrive = () => {
        const answer = server.ask(subject, payload, headers)
        end.down.send(() => process.reach(() => settle(answer)))
      }
      end.up.send(arrive)
      if (random.next() < twice) end.up.send(arrive)
    })
  const reach = async () => {
    await request(`$JS.API.STREAM.INFO.${streams.log}`, '', { timeout: 5_000 })
  }
  return {
    request,
    publish: (subject, text) => end.up.send(() => void server.publish(subject, String(text))),
    listen(subject, take, queue) {
      const off = server.listen({
        end,
        queue,
        words: subject.split('.'),
        take: (about, text, respond) =>
          take({
            subject: about,
            text,
            reply: respond ? `_INBOX.${cluster}` : undefined,
            respond: (answer) => end.up.send(() => respond?.(answer)),
          }),
      })
      return { [Symbol.dispose]: off }
    },
    consume: (_, from, signal) => blocksFrom(server, end, { from, signal }),
    async *lastPerSubject(stream) {
      await reach()
      const { values } = stream === streams.desired ? server.desired : server.observed
      for (const [subject, { text }] of [...values]) yield { subject, text }
    },
    ensureStreams: reach,
    // Satellites have a way of their own to their documents here.
    makeReader: async () => ({}),
    onReconnect(back) {
      end.onBack.add(back)
      return { [Symbol.dispose]: () => void end.onBack.delete(back) }
    },
  }
}

/** Ends when the connection was lost: the server has forgotten the reader by then. */
async function* blocksFrom(
  server: Server,
  end: End,
  { from, signal }: { from: number; signal: AbortSignal | undefined },
) {
  const { process } = end
  let isOver = false
  let wake = () => {}
  const arrived: { sequence: number; bytes: Uint8Array }[] = []
  let asked = from - 1
  const poke = () =>
    end.down.send(() =>
      process.reach(() => {
        for (; asked < server.log.length; asked += 1) {
          const bytes = server.log[asked]
          if (bytes) arrived.push({ sequence: asked + 1, bytes })
        }
        wake()
      }),
    )
  const finish = () => {
    isOver = true
    wake()
  }
  server.onStored.add(poke)
  end.onBack.add(finish)
  signal?.addEventListener('abort', finish, { once: true })
  try {
    poke()
    while (!isOver) {
      const next = arrived.shift()
      if (next) yield next
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    server.onStored.delete(poke)
    end.onBack.delete(finish)
    signal?.removeEventListener('abort', finish)
  }
}
