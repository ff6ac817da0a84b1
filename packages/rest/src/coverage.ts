/** The page that says of each endpoint of LINSTOR's API what Varve does with it. */
import type { Route } from './route.ts'

const head = `# REST API: what is there

Every endpoint of LINSTOR's REST API v1 (1.28) that Varve answers, made from its table of routes; a test
keeps it true. **Refused** means: known, and answered with LINSTOR's form of an error that names it;
so is what stands behind "refused" of an endpoint that is there otherwise (a test asks for each).
"Later": it waits for a feature that is not there yet, and nothing of it can be asked for.

| method | path | |
|---|---|---|
`

export function coveragePage(routes: readonly Route[]): string {
  const rows = routes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).map(line)
  return `${head}${rows.join('\n')}\n\n${summary(routes)}\n`
}

/** One spelling for each endpoint: LINSTOR's own names of parameters differ from ours here and there. */
export function endpointOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`
}

const key = ({ path, method }: Route) => `${path} ${method}`

function line(route: Route): string {
  return `| ${route.method} | \`${route.path.replace('...', '')}\` | ${standing(route)} |`
}

function standing({ refused, missing, later }: Route): string {
  if (refused) return '**refused**'
  if (missing !== undefined) return `partly; refused: ${missing}`
  return later === undefined ? 'done' : `partly; later: ${later}`
}

function summary(routes: readonly Route[]): string {
  const refused = routes.filter((route) => route.refused).length
  const partly = routes.filter(
    ({ refused, missing, later }) => !refused && (missing ?? later) !== undefined,
  ).length
  const done = routes.length - refused - partly
  return `${done} done, ${partly} partly, ${refused} refused.`
}
