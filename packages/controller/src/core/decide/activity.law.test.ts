/** Whatever happens in whatever order: shared storage is open on one node, and changed by one. */
import { brokenInvariants, resourcesOf } from '@varve/events'
import { defineOnSan, joinSan, San, sanCluster, sanNodes } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

type Step = (san: San) => void

// Most of what happens is about one definition on two nodes: only what meets can clash.
const definition = fc.constantFrom('web', 'web', 'web', 'db')
const node = fc.constantFrom('n1', 'n1', 'n2', 'n2', 'n3')
const about = fc.record({ definition, node })

const wish = (type: Parameters<San['cluster']['send']>[0], args: object): Step => {
  // Every refusal is fine here: the law is about what was accepted.
  return ({ cluster }) => cluster.send(type, args as never)
}

const step: fc.Arbitrary<Step> = fc.oneof(
  about.map((args) => wish('resource.create', { ...args, pool: 'san' })),
  about.map((args) => wish('resource.activate', args)),
  {
    weight: 20,
    // Somebody who does not wait.
    arbitrary: fc.tuple(definition, node, node).map(
      ([name, from, to]): Step =>
        (san) => {
          wish('resource.deactivate', { definition: name, node: from })(san)
          wish('resource.activate', { definition: name, node: to })(san)
        },
    ),
  },
  about.map((args) => wish('resource.deactivate', args)),
  about.map((args) => wish('resource.make-available', args)),
  about.map((args) => wish('resource.delete', { ...args, acceptDataLoss: true })),
  about.map((args) => wish('resource.delete', { ...args, waiveCleanup: true })),
  definition.map((name) => wish('resource-definition.delete', { definition: name })),
  definition.map(
    (name): Step =>
      ({ cluster }) => {
        if (cluster.state.definitions.has(name)) return
        defineOnSan(cluster, name)
      },
  ),
  definition.map(
    (name): Step =>
      ({ cluster }) => {
        for (const { id, target } of [...cluster.state.operations.values()]) {
          if (target.startsWith(`resource/${name}/`))
            cluster.send('operation.abort', { operation: id })
        }
      },
  ),
  node.map(
    (on): Step =>
      ({ failing }) => {
        if (!failing.delete(on)) failing.add(on)
      },
  ),
  node.map(
    (on): Step =>
      (san) =>
        san.powerOff(on),
  ),
  node.map(
    (on): Step =>
      (san) =>
        san.powerOn(on),
  ),
  // A cut cable: the controller hears nothing, the node goes on.
  node.map((on) => wish('fact.node-offline', { node: on })),
  // Only of what is off indeed may somebody say so.
  about.map(
    (args): Step =>
      (san) => {
        if (san.off.has(args.node))
          san.cluster.send('resource.deactivate', { ...args, fenced: true })
      },
  ),
  node.map(
    (on): Step =>
      (san) => {
        if (!san.off.has(on) || !san.cluster.state.nodes.has(on)) return
        san.cluster.send('node.lost', { node: on })
        san.cluster.send('node.create', { node: on, address: '10.0.1.1' })
        joinSan(san.cluster, on)
      },
  ),
  {
    weight: 25,
    arbitrary: fc.tuple(about, fc.boolean(), fc.nat(2), fc.boolean()).map(
      ([at, hears, acts, tells]): Step =>
        (san) => {
          if (hears) san.deliver(at.definition, at.node)
          for (let done = 0; done < acts; done += 1) san.act(at.definition, at.node)
          if (tells) san.report(at.definition, at.node)
        },
    ),
  },
  fc.constant((san: San) => san.settle()),
)

function broken(san: San): string[] {
  const names = new Set([...san.open].map((place) => place.split(' ')[1] ?? ''))
  return [
    ...[...names].flatMap((name) =>
      san.opened(name).length > 1 ? [`${name} is open on ${san.opened(name).join(', ')}`] : [],
    ),
    ...(san.changing.size > 1 ? [`${[...san.changing.keys()]} change the group at once`] : []),
    ...[...names].flatMap((name) => (san.volumes.has(name) ? [] : [`${name} is open and gone`])),
    ...brokenInvariants(san.cluster.state),
  ]
}

test('at most one node has shared storage open, and one changes its volume group', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
      (isSettled, steps) => {
        const san = new San(sanCluster())
        for (const name of ['web', 'db']) defineOnSan(san.cluster, name)
        for (const on of ['n1', 'n2']) {
          san.cluster.must('resource.create', { definition: 'web', node: on, pool: 'san' })
        }
        if (isSettled) san.settle()
        for (const each of steps) {
          each(san)
          expect(broken(san)).toEqual([])
        }
        san.failing.clear()
        for (const on of sanNodes) san.powerOn(on)
        san.settle()
        expect(broken(san)).toEqual([])
        // All that was wished has come about: nobody waits for a turn or for a node.
        expect([...san.cluster.state.spaces.values()]).toEqual([])
        expect([...san.cluster.state.operations.values()]).toEqual([])
        for (const name of ['web', 'db']) {
          const rows = resourcesOf(san.cluster.state, name)
          const active = rows
            .filter((row) => row.space !== undefined && !row.inactive)
            .map((row) => row.node)
          expect(san.opened(`${name}_00000`)).toEqual(active)
        }
      },
    ),
    { numRuns: 100 },
  )
})
