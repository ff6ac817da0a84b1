import {
  commands,
  grantsOf,
  mayCommand,
  type PublicCommandType,
  Role,
  roleMeanings,
} from '@varve/events'
import { expect, test } from 'vitest'
import { renderAccounts } from './accounts.ts'

const everyType = Object.keys(commands) as PublicCommandType[]
const people = Role.options.filter((role) => role !== 'satellite')

/** The page on roles, out of the table that the servers’ accounts are made of. */
function rolesPage(): string {
  const head = ['command', ...people]
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const services = (role: Role) =>
    grantsOf('<cluster>', role, role === 'satellite' ? 'n1' : 'ada')
      .services.filter((subject) => !subject.includes('.cmd.'))
      .map((subject) => `\`${subject}\``)
  return `# Roles

Written by a test out of \`packages/events/src/access.ts\`, of which the accounts of the
nats-servers are made (\`npm run accept\`). Everybody has an account of his own, which imports what
stands here and nothing else; test/system/roles.test.ts tries all of it, and the ways around it.

| role | what it is for | subjects beside commands |
|---|---|---|
${Role.options.map((role) => row([role, roleMeanings[role], services(role).join(', ')])).join('\n')}

A command of \`<actor>\` is a request to \`varve.<cluster>.cmd.<actor>.<command>\`: an account imports
these subjects with its own name as the actor, so the log says whose key it was.

${row(head)}
${row(head.map(() => '---'))}
${everyType.map((type) => row([`\`${type}\``, ...people.map((role) => (mayCommand(role, type) ? 'yes' : ''))])).join('\n')}
`
}

test('the page on roles is that of the table', async () => {
  await expect(rolesPage()).toMatchFileSnapshot('../../../../docs/reference/roles.md')
})

test('what each account imports is on offer', () => {
  const text = renderAccounts({
    cluster: 'c',
    controllers: [{ name: 'c1', publicKey: 'UC1' }],
    members: Role.options.map((role) => ({ name: `some.${role}`, role, publicKey: `U${role}` })),
  })
  const offered = [...text.matchAll(/^ {6}\{ (?:service|stream): "([^"]+)"/gm)].map(
    ([, subject = '']) =>
      new RegExp(
        `^${subject.replaceAll(/[.$]/g, '\\$&').replaceAll('*', '[^.]+').replace('>', '.+')}$`,
      ),
  )
  const imported = [...text.matchAll(/account: CORE, subject: "([^"]+)"/g)].map(
    ([, subject = '']) => subject,
  )
  expect(imported.length).toBeGreaterThan(60)
  for (const subject of imported) {
    expect([subject, offered.some((offer) => offer.test(subject))]).toEqual([subject, true])
  }
})

test('a name that has dots or any other sign stays one account and one token', () => {
  const text = renderAccounts({
    cluster: 'c',
    controllers: [],
    members: [{ name: 'otto@example.org', role: 'viewer', publicKey: 'UOTTO' }],
  })
  expect(text).toContain('"USER_otto=40example=2eorg"')
})
