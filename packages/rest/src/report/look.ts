/** What satellites cannot do at the moment, and faults of this process, as sightings for the book. */
import { isLive, type Resource, resourceOf, resourcesOf, type StepFailure } from '@varve/events'
import { failureText, type World } from '@varve/projections'
import type { ReportBook } from './book.ts'

/** All resources; those that were deleted since fail no more. */
export function lookAtAll(world: World, book: ReportBook): void {
  for (const row of world.state.resources.values()) lookAt(world, row, book)
  endDeleted(world, book)
}

export function lookAtDefinitions(
  world: World,
  definitions: Iterable<string>,
  book: ReportBook,
): void {
  for (const name of definitions) {
    for (const row of resourcesOf(world.state, name)) lookAt(world, row, book)
  }
  endDeleted(world, book)
}

/** The id of the report; undefined: nothing fails there. */
export function lookAt(world: World, row: Resource, book: ReportBook): string | undefined {
  const { definition, node, origin } = row
  const seen = isLive(row) ? world.observed.resource(definition, node) : undefined
  const place = placeOf(row)
  if (!seen?.failure) {
    book.over(place)
    return undefined
  }
  const { failure, attempts = 1 } = seen
  return book.note({
    place,
    cause: [origin.entry, failure.step, failure.exitCode, failure.timedOut].join('/'),
    at: failure.at,
    attempts,
    node,
    module: 'SATELLITE',
    operation: `Resource ${definition} on node ${node}: ${failure.step}`,
    summary: failureText(failure),
    command: failure.argv.join(' '),
    outcome: outcomeOf(failure),
    output: failure.stderr,
  })
}

/** A fault of this program within a request. */
export function noteFault(
  book: ReportBook,
  error: Error,
  { operation, at }: { readonly operation: string; readonly at: number },
): string {
  const stack = error.stack ?? ''
  return book.noteOnce({
    place: 'controller',
    // Where it was thrown: two requests with the same fault are the same failure.
    cause: `${error.name}/${stack.split('\n')[1] ?? ''}`,
    at,
    node: 'Controller',
    module: 'CONTROLLER',
    operation,
    summary: error.message,
    command: operation,
    outcome: error.name,
    output: stack,
  })
}

function outcomeOf({ timedOut, exitCode, problem }: StepFailure): string {
  const outcome = timedOut ? 'timed out' : `exit status ${exitCode ?? 'none'}`
  return problem === undefined ? outcome : `${outcome}: ${problem}`
}

const placeOf = ({ definition, node }: Resource) => `${definition}/${node}`.toLowerCase()

function endDeleted({ state }: World, book: ReportBook): void {
  for (const place of book.places()) {
    const [definition = '', node = ''] = place.split('/')
    if (place !== 'controller' && !resourceOf(state, definition, node)) book.over(place)
  }
}
