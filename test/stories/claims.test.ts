/**
 * Many volumes are claimed at the same moment, as by a Kubernetes cluster that starts: all are
 * placed, none gets a number or a place that another one has. Simulator.
 */
import type { ResourceRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

test.concurrent('ten claims at once, with the command line', async () => {
  await using story = await withGroup()
  const names = claims(10)
  await Promise.all(names.map((name) => story.varve(`resource-group spawn pair ${name} 1G`)))
  await areDistinct(story, names)
})

test.concurrent('a hundred claims at once', async () => {
  await using story = await withGroup()
  const names = claims(100)
  const spawn = (name: string) => story.varve(`resource-group spawn pair ${name} 100M --async`)
  await Promise.all(names.map(spawn))
  await Promise.all(names.map((name) => story.isWell(name)))
  await areDistinct(story, names)
  // And away with them, all at once as well.
  await Promise.all(names.map((name) => story.varve(`resource-definition delete ${name}`)))
  for (const node of ['n1', 'n2', 'n3']) {
    expect(story.machine(node).logicalVolumes()).toEqual(['thin'])
  }
})

async function withGroup(): Promise<Story> {
  const story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  await story.varve('volume-group create pair')
  return story
}

const claims = (count: number) => Array.from({ length: count }, (_, index) => `claim-${index + 1}`)

/** Two replicas each on different nodes; no device on a node belongs to two. */
async function areDistinct(story: Story, names: readonly string[]): Promise<void> {
  const rows = JSON.parse(await story.varve('resource list -o json')) as ResourceRow[]
  const diskful = rows.filter(({ kind }) => kind === 'diskful')
  for (const name of names) {
    const nodes = diskful.filter((row) => row.definition === name).map(({ node }) => node)
    expect({ name, nodes: new Set(nodes).size }).toEqual({ name, nodes: 2 })
  }
  const devices = rows.flatMap(({ node, volumes }) =>
    volumes.flatMap(({ observed }) => (observed?.device ? [`${node} ${observed.device}`] : [])),
  )
  expect(new Set(devices).size).toBe(devices.length)
  expect(devices.length).toBeGreaterThanOrEqual(2 * names.length)
}
