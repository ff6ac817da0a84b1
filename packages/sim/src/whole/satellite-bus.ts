/** A satellite's way to the simulated server: documents in, reports out. */
import { DesiredNode, DesiredResource, readDesiredSubject } from '@varve/events'
import type { Bus, DocumentsFollower } from '@varve/satellite'
import { type End, type Server, subjects } from './server.ts'

/** For one life of a satellite: it ends with the signal. */
export function satelliteBus(server: Server, end: End, node: string, signal: AbortSignal): Bus {
  const { process } = end
  let connected = new AbortController()
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const whileAlive = (off: () => void) => signal.addEventListener('abort', off, { once: true })
  const onBack = (act: () => void) => {
    end.onBack.add(act)
    whileAlive(() => end.onBack.delete(act))
  }
  onBack(() => {
    connected.abort()
    connected = new AbortController()
  })
  return {
    send: (subject, body) => {
      if (!signal.aborted) end.up.send(() => void server.publish(subject, body))
    },
    connected: () => connected.signal,
    follow: (onReconnect) => {
      onBack(onReconnect)
      return ended
    },
    onRepublish: (act) => {
      for (const subject of [subjects.republish(node), subjects.republishAll]) {
        whileAlive(server.listen({ end, queue: undefined, words: subject.split('.'), take: act }))
      }
    },
    followDocuments: (follower) => {
      const words = subjects.desiredOf(node).split('.')
      const take = (subject: string, text: string) => deliver(follower, subject, text)
      whileAlive(server.listen({ end, queue: undefined, words, take }))
      const all = () =>
        end.down.send(() =>
          process.reach(() => !signal.aborted && deliverAll(server, node, follower)),
        )
      onBack(all)
      all()
      return ended
    },
  }
}

function deliver(follower: DocumentsFollower, subject: string, text: string): void {
  const isNode = readDesiredSubject(subject)?.resource === undefined
  if (isNode) follower.onNode(DesiredNode.parse(JSON.parse(text)))
  else follower.onResource(DesiredResource.parse(JSON.parse(text)))
}

function deliverAll(server: Server, node: string, follower: DocumentsFollower): void {
  const own = subjects.desiredOf(node).slice(0, -1)
  for (const [subject, { text }] of server.desired.values) {
    if (subject.startsWith(own)) deliver(follower, subject, text)
  }
  follower.onCaughtUp()
}
