/**
 * Where the documents of resources stand, asked of the leader, who has published them: only so can
 * a reader tell "the node has taken it over" from "nothing of it concerns that node".
 */
import {
  DocumentPositions,
  DocumentQuestion,
  positionsLimit,
  readDesiredSubject,
  subjectsOf,
} from '@varve/events'
import type { Bus } from '../edge/bus.ts'
import { isInbox } from '../serve/inbox.ts'

export type PublishedDocuments = {
  /** Everything that follows from the log up to there has been handed to the server. */
  readonly upTo: () => number
  /** Log sequence of the document's contents; undefined: there is none. */
  readonly positionOf: (subject: string) => number | undefined
  readonly all: () => Iterable<readonly [subject: string, from: number]>
}

/** Longest wait for a leader that is just being elected, ms; whoever waits asks again. */
const answerMs = 1_000

export function servePositions(
  bus: Pick<Bus, 'listen'>,
  cluster: string,
  published: PublishedDocuments,
): Disposable {
  const subjects = subjectsOf(cluster)
  return bus.listen(subjects.documents, ({ text, reply, respond }) => {
    if (!isInbox(reply)) return
    const question = DocumentQuestion.safeParse(parseJson(text))
    if (!question.success) return
    const told: DocumentPositions = {
      upTo: published.upTo(),
      documents: rowsOf(published, question.data, subjects.desired),
    }
    respond(JSON.stringify(told))
  })
}

/** All rows, of as many answers as it takes; undefined: nobody leads, or not so that it is told. */
export async function askPositions(
  bus: Pick<Bus, 'request'>,
  cluster: string,
  question: DocumentQuestion,
): Promise<DocumentPositions | undefined> {
  const documents: DocumentPositions['documents'] = []
  for (;;) {
    const part = await askPart(bus, cluster, { ...question, skip: documents.length })
    if (!part) return undefined
    documents.push(...part.documents)
    if (question.of || part.documents.length < positionsLimit) return { ...part, documents }
  }
}

async function askPart(
  bus: Pick<Bus, 'request'>,
  cluster: string,
  question: DocumentQuestion,
): Promise<DocumentPositions | undefined> {
  try {
    const { data } = await bus.request(subjectsOf(cluster).documents, JSON.stringify(question), {
      timeout: answerMs,
    })
    return DocumentPositions.safeParse(parseJson(Buffer.from(data).toString())).data
  } catch {
    // Nobody listens, or not in time: that is an answer as well, to whoever asks again.
    return undefined
  }
}

function rowsOf(
  published: PublishedDocuments,
  { of, since, skip = 0 }: DocumentQuestion,
  subjectOf: (node: string, definition: string) => string,
): DocumentPositions['documents'] {
  if (of !== undefined) {
    return of.flatMap(({ definition, node }) => {
      const from = published.positionOf(subjectOf(node, definition))
      return from === undefined ? [] : [{ definition, node, from }]
    })
  }
  const rows: DocumentPositions['documents'] = []
  let passed = 0
  for (const [subject, from] of published.all()) {
    if (from < since) continue
    const about = readDesiredSubject(subject)
    if (about?.resource === undefined) continue
    passed += 1
    if (passed <= skip) continue
    rows.push({ definition: about.resource, node: about.node, from })
    if (rows.length === positionsLimit) break
  }
  return rows
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
