/** Nodes that are away, and what their machines have that nobody asked for. */
import { type Node, nameKey, refer } from '@varve/events'
import { formatDuration } from '../age.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

export function nodeProblems(sight: Sight): Problem[] {
  return [...sight.state.nodes.values()].flatMap((node) => [
    ...absence(sight, node),
    ...drift(sight, node),
  ])
}

function absence(sight: Sight, node: Node): Problem[] {
  const subject = refer('node', node.name)
  const resources = sight.state.resources.countBy('node', nameKey(node.name))
  const holds = resources === 0 ? '' : ` It holds ${counted(resources, 'resource')}.`
  if (node.link.status === 'offline') {
    const away = formatDuration(sight.now - node.link.since)
    return [
      {
        level: 'warning',
        subject,
        sentence: `Node ${node.name} has been offline for ${away}.${holds}`,
        remedy: `Start its satellite; if the machine is gone for good: varve node lost ${node.name}`,
      },
    ]
  }
  if (node.link.status === 'online' || node.kind === 'Controller') return []
  return [
    {
      level: 'warning',
      subject,
      sentence: `Node ${node.name} has never been connected.${holds}`,
      remedy: `Start the satellite on it: varve run satellite --node ${node.name}`,
    },
  ]
}

function drift(sight: Sight, node: Node): Problem[] {
  const found = sight.observed.drift(node.name)?.drift ?? []
  const [first] = found
  if (!first) return []
  const rest = found.length === 1 ? '' : ` and ${counted(found.length - 1, 'more thing')}`
  return [
    {
      level: 'warning',
      subject: refer('node', node.name),
      sentence: `Node ${node.name} has ${first.kind} ${first.name}${rest} that nothing desires.`,
      remedy: 'Varve never removes such things: look at them and remove them by hand.',
    },
  ]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
