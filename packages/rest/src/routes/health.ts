/** Is it up? What load balancers and Kubernetes' probes ask. */
import { type Route, read } from '../route.ts'

export const healthRoutes: readonly Route[] = [
  read('/health', 'Whether commands can be taken', (call) => {
    const { leader } = call.world
    if (leader !== undefined) return { kind: 'text', text: '', type: 'text/plain' }
    return {
      kind: 'text',
      text: 'Services not running: no leader',
      type: 'text/plain',
      status: 500,
    }
  }),
]
