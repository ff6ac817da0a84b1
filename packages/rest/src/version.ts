/** A word for what can be seen now, which differs as soon as anything has changed. */
import type { Ports } from './ports.ts'

export function versionOf(ports: Ports): Disposable & { readonly current: () => string } {
  let changes = 0
  // Two processes count differently, and one of them anew after each start.
  const instance = ports.world().now.toString(36)
  const listening = ports.onChange(() => {
    changes += 1
  })
  return {
    current: () => `${instance}-${changes}`,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}
