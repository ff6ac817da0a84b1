/** Which copies a document asks this node to take part in. */
import type { DesiredReceive, DesiredSend, DesiredSnapshot, PresentResource } from '@varve/events'

export type Asked = {
  /** Another one is another attempt: of another copy, or to another place. */
  readonly id: string
  readonly operation: string
  readonly wanted: DesiredSnapshot
} & (
  | { readonly kind: 'receive'; readonly receive: DesiredReceive }
  | { readonly kind: 'send'; readonly send: DesiredSend }
)

export function askedOf({ snapshots }: PresentResource): Asked[] {
  return (snapshots ?? []).flatMap((wanted) => {
    const { step, receive, sends } = wanted
    const asked: Asked[] = (sends ?? []).map((send) => ({
      id: `send ${send.operation} ${send.address} ${send.port} ${send.publicKey}`,
      kind: 'send',
      operation: send.operation,
      wanted,
      send,
    }))
    if (step !== 'receive' || !receive) return asked
    const { operation, address, publicKey } = receive
    const id = `receive ${operation} ${address} ${publicKey}`
    return [...asked, { id, kind: 'receive', operation, wanted, receive }]
  })
}
