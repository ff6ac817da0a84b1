/**
 * Conversations: files of commands and what they led to. `npm run accept` writes the answers;
 * the diff is what is reviewed.
 */
import { readdirSync } from 'node:fs'
import { type CommandType, isRefusal, refusalText, type VarveEvent } from '@varve/events'
import { TestCluster } from '@varve/testing'
import { test } from 'vitest'
import { scenario } from '../../../../../tools/scenario.ts'

const folder = new URL('../../../testdata/', import.meta.url).pathname

const showEvent = ({ type, ...fields }: VarveEvent) =>
  [type, ...Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`)].join(
    ' ',
  )

function answer(cluster: TestCluster, line: string): string {
  const [verb = '', rest = ''] = [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]
  if (verb === 'online') {
    for (const name of rest.split(' ')) cluster.node(name)
    return `${rest} online with pool thin`
  }
  const args = rest === verb ? {} : JSON.parse(rest)
  const outcome = cluster.send(verb as CommandType, args)
  if (isRefusal(outcome)) {
    const remedy = outcome.remedy === undefined ? '' : `\n→ ${outcome.remedy}`
    return `refused ${outcome.refused}: ${refusalText(outcome)}${remedy}`
  }
  return outcome.length === 0 ? 'nothing to do' : outcome.map(showEvent).join('\n')
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  test(file, async () => {
    const cluster = new TestCluster()
    await scenario(`${folder}${file}`, (line) => answer(cluster, line))
  })
}
