/**
 * What a query may go on from. One that is not what it was when its state was made must not read that state as something
 * that it is not: the start is refused, for all such queries at once, with what may be done about each.
 */
import { Failure } from '../base/failure.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import { withOthers } from '../pipeline/file/load.ts'
import type { Checkpoint, QueryCheckpoint } from '../topic/checkpoint.ts'
import { fingerprintOf, layoutOf } from './fingerprint.ts'
import { type OpenTopic, topicOf } from './open-topics.ts'

/**
 * From where a query that is not what it was goes on: the first records that are kept, those to come, or where it was,
 * with the state that it had.
 */
export type Reset = 'earliest' | 'latest' | 'keep'

export type Resetting = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoint: Checkpoint
  readonly reset: ReadonlyMap<string, Reset>
}

/** What a query was when its state was made. */
export type Print = Pick<QueryCheckpoint, 'fingerprint' | 'layout'>

type Places<Before> = {
  readonly checkpoint: { readonly queries: { readonly [name: string]: Before } }
  readonly reset: ReadonlyMap<string, Reset>
}

type Checking = Places<Print> & {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, Pick<OpenTopic, 'checked'>>
  /** Whether it runs, and would have to be stopped first. */
  readonly isRunning?: boolean
}

/** What the last run left of a query that goes on from it. */
export function beforeOf<Before>(name: string, { checkpoint, reset }: Places<Before>): Before | undefined {
  const start = reset.get(name)
  return start === undefined || start === 'keep' ? checkpoint.queries[name] : undefined
}

/** Throws a Failure that names every query that cannot go on as it is asked to. */
export function checkReset(checking: Checking): void {
  const failures = checking.pipeline.queries.flatMap((query) => problemOf(query, checking) ?? [])
  const [first, ...also] = failures
  if (first !== undefined) throw withOthers(first, also)
}

/**
 * What is kept where a pipeline is changed while it runs: the state of each query that the rules let keep it. Throws as
 * `checkReset` does for those that would have to begin anew: that is for a start to say.
 */
export function keptInPlace(
  pipeline: CheckedPipeline,
  queries: { readonly [name: string]: Print },
): ReadonlyMap<string, Reset> {
  const topics = new Map(pipeline.topics.map((checked) => [checked.name, { checked }]))
  const checked = (topic: string) => topicOf(topics, topic).checked
  const kept = pipeline.queries.filter((query) => {
    const before = queries[query.name]
    const isSame = before?.fingerprint === fingerprintOf(query, checked, pipeline)
    return !isSame && before?.layout === layoutOf(query, checked, pipeline)
  })
  const reset = new Map<string, Reset>(kept.map(({ name }) => [name, 'keep']))
  checkReset({ pipeline, topics, checkpoint: { queries }, reset, isRunning: true })
  return reset
}

function problemOf(query: CheckedQuery, checking: Checking): Failure | undefined {
  const { pipeline, topics, reset } = checking
  const { name, reads } = query
  const before = beforeOf(name, checking)
  if (before === undefined) return undefined
  const checked = (topic: string) => topicOf(topics, topic).checked
  const isSame = before.fingerprint === fingerprintOf(query, checked, pipeline)
  const fits = before.layout === layoutOf(query, checked, pipeline)
  const isKept = reset.get(name) === 'keep'
  if (!isSame && !(isKept && fits)) return isKept ? cannotKeep(name) : changed(name, fits, checking.isRunning)
  const anew = reads.find((read) => reset.get(read) === 'earliest')
  return anew === undefined ? undefined : followsAnew(name, anew)
}

const EARLIEST = 'from the first record that is kept'
const LATEST = 'from the records to come'

const choices = (name: string, texts: { readonly [start: string]: string }): string[] =>
  Object.entries(texts).map(([start, text]) => `${`--reset ${name}=${start}`.padEnd(name.length + 18)} ${text}`)

function changed(name: string, fits: boolean, isRunning = false): Failure {
  const keep = { keep: 'with what it has counted: only what is made of it has changed' }
  return new Failure(
    'pipeline',
    `query "${name}", or the format or watermark of what it reads, is not what it was${isRunning ? '' : ' at the last run'}`,
    {
      hint: [
        `What it has counted so far belongs to the old one. ${isRunning ? 'Stop the run, and start it' : fits ? 'Go on' : 'Start it anew'} with one of:`,
        ...choices(name, { earliest: EARLIEST, latest: LATEST, ...(fits && keep) }),
      ].join('\n'),
    },
  )
}

function cannotKeep(name: string): Failure {
  return new Failure('pipeline', `query "${name}" cannot keep its state: what it counts is not what it was`, {
    hint: [
      'Kept can be what only shows it differently: another HAVING, other columns made of the same aggregates. Start it anew:',
      ...choices(name, { earliest: EARLIEST, latest: LATEST }),
    ].join('\n'),
  })
}

function followsAnew(name: string, anew: string): Failure {
  return new Failure('pipeline', `query "${name}" reads the rows of "${anew}", which come again from the first one`, {
    hint: [
      'For what it has counted so far they would be late. Start it anew, too:',
      ...choices(name, { earliest: `from the first of the new rows of ${anew}`, latest: LATEST }),
    ].join('\n'),
  })
}
