/**
 * Which queries of a local pipeline begin anew at a start, and where: those that another engine ran before, and those that a person
 * resets. A move is only done where it is exact; all else is refused, with what to do.
 */
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Offsets } from '../../bus/bus.ts'
import { isReadTo, offsetsOf, partitionEnds } from '../../bus/fetched.ts'
import { jobQueries } from '../../flink/job.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import { topicOf } from '../../runner/open-topics.ts'
import { repeatsPlan } from '../../runner/repeats.ts'
import { checkReset, type Moved, type Reset } from '../../runner/reset.ts'
import type { QueryCheckpoint } from '../../topic/checkpoint.ts'
import type { Parts, Resets } from '../parts.ts'
import { beginAgain, lastTimeOf, reachBack } from './begin-again.ts'
import type { BeginOffsets } from './journal.ts'
import { putMarks } from './marks.ts'
import { decodedRows, type LocalPipeline, rawOf } from './split.ts'

export type Beginning = {
  /** Of the queries that run here. */
  readonly reset: Resets
  /** Where jobs begin that no other goes before. */
  readonly jobs: ReadonlyMap<string, BeginOffsets>
}

/** Where everything begins, in a run whose topics are open and whose queries are not. Rejects with a Failure. */
export async function beginning(parts: Parts, local: LocalPipeline, reset: Resets): Promise<Beginning> {
  return local.onFlink === undefined
    ? await onEmbedded(parts, local, reset)
    : await onFlink(parts, local.onFlink, reset)
}

/** Whether the query was relayed from Flink when its place was kept. */
const wasOnFlink = (before: QueryCheckpoint, query: string): boolean => Object.hasOwn(before.offsets, rawOf(query))

async function onEmbedded(parts: Parts, pipeline: CheckedPipeline, reset: Resets): Promise<Beginning> {
  const { kept, jobs, context } = parts
  const moved = new Map<string, Reset>(reset)
  for (const query of jobQueries(pipeline)) {
    const before = entryOf(kept.queries, query.name)
    if (before === undefined || reset.has(query.name) || !wasOnFlink(before, query.name)) continue
    const entry = jobs.journal.of(query.name)
    if (entry?.isClean !== true || !(await hasRelayedAll(parts, query, before))) throw notStopped(query.name, 'Flink')
    moved.set(query.name, await moveOf(parts, query, (name) => placeBehind(parts, query, name)))
    context.note?.(movedText(query.name, 'from Flink to this process'))
  }
  return { reset: moved, jobs: new Map() }
}

async function onFlink(parts: Parts, pipeline: CheckedPipeline, given: Resets): Promise<Beginning> {
  const { kept, jobs, topics, context } = parts
  checkReset({ pipeline, checkpoint: { queries: jobs.journal.prints() }, reset: given })
  const reset = new Map<string, Reset>(given)
  const begins = new Map<string, BeginOffsets>()
  const decoded = new Map<string, readonly { readonly query: CheckedQuery; readonly places: Offsets }[]>()
  const mark = async (query: string): Promise<Moved> => {
    const { topic } = topicOf(topics, rawOf(query))
    const marks = await putMarks(topic, [], context.clock.now())
    return { at: { [rawOf(query)]: offsetsOf(topic.partitions, (partition) => (marks[partition]?.[0] ?? -1) + 1) } }
  }
  for (const query of jobQueries(pipeline)) {
    const { name } = query
    const before = entryOf(kept.queries, name)
    const wish = given.get(name)
    if (wish === 'earliest' || wish === 'latest') {
      await jobs.cancel(name, pipeline)
      reset.set(name, await mark(name))
      if (wish === 'latest') begins.set(name, await inputEnds(parts, query))
    } else if (before !== undefined && !wasOnFlink(before, name)) {
      if (!isSame(before.emitted, topicOf(topics, name).ordinals)) throw notStopped(name, 'this process')
      await jobs.journal.set(name, undefined)
      const move = await moveOf(parts, query, async (topic) => entryOf(before.offsets, topic))
      for (const [topic, places] of Object.entries(move.at))
        decoded.set(topic, [...(decoded.get(topic) ?? []), { query, places }])
      reset.set(name, { ...(await mark(name)), outUpTo: move.outUpTo })
      context.note?.(movedText(name, 'from this process to Flink'))
    }
  }
  for (const [topic, moves] of decoded) {
    const place = decodeFrom(parts, topic, moves)
    if (place !== undefined) reset.set(decodedRows(topic), { at: { [topic]: place } })
  }
  return { reset, jobs: begins }
}

const movedText = (query: string, how: string): string =>
  `query ${query} moves ${how}: the records of its open windows are read again, and rows that are out stay as they are`

const isSame = (one: Offsets, other: Offsets): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (partition) => (one[Number(partition)] ?? 0) === (other[Number(partition)] ?? 0),
  )

/** Whether all that Flink has put out is in the topic of the query. */
async function hasRelayedAll(
  { topics, kept, context }: Parts,
  { name }: CheckedQuery,
  before: QueryCheckpoint,
): Promise<boolean> {
  const raw = await context.bus.reader(kept.topics[rawOf(name)] ?? '')
  const places = entryOf(before.offsets, rawOf(name)) ?? {}
  return isReadTo(raw, places) && isSame(before.emitted, topicOf(topics, name).ordinals)
}

/** Where the next engine begins to read the topics of a query. `exact` gives the place behind the last record that counted. */
async function moveOf(
  parts: Parts,
  query: CheckedQuery,
  exact: (topic: string) => Promise<Offsets | undefined>,
): Promise<Moved> {
  const order = repeatsPlan(query.query)
  const at: { [topic: string]: Offsets } = {}
  let outUpTo: EventTime | undefined
  if (order !== undefined) outUpTo = await lastTimeOf(topicOf(parts.topics, query.name), order.time)
  for (const name of query.reads) {
    const place =
      order === undefined || outUpTo === undefined
        ? await exact(name)
        : await beginAgain(topicOf(parts.topics, name), outUpTo, reachBack(query.query.plan))
    if (place === undefined) throw order === undefined ? notExact(query.name) : isDeleted(query.name, name)
    at[name] = place
  }
  return { at, outUpTo }
}

/** The place in a topic up to which a job has read its rows, where that is all that was decoded. */
async function placeBehind(
  { kept, jobs, context }: Parts,
  query: CheckedQuery,
  topic: string,
): Promise<Offsets | undefined> {
  const begin = jobs.journal.of(query.name)?.begin
  const decode = entryOf(kept.queries, decodedRows(topic))
  if (begin === undefined || decode === undefined) return undefined
  const onBus = kept.topics[decodedRows(topic)] ?? ''
  const rows = await context.bus.reader(onBus)
  return isReadTo(rows, begin[onBus] ?? []) ? entryOf(decode.offsets, topic) : undefined
}

/** Where the decode of a topic begins for the queries that are moved; undefined: it goes on where it was. */
function decodeFrom(
  { kept, topics }: Parts,
  topic: string,
  moves: readonly { readonly query: CheckedQuery; readonly places: Offsets }[],
): Offsets | undefined {
  const { partitions } = topicOf(topics, topic).topic
  const least = offsetsOf(partitions, (partition) => Math.min(...moves.map(({ places }) => places[partition] ?? 0)))
  const before = entryOf(kept.queries, decodedRows(topic))
  const begins = before === undefined ? least : entryOf(before.offsets, topic)
  // A query without an order has to begin exactly where it was, and so has the decode then.
  const wrong = moves.find(
    ({ query, places }) => repeatsPlan(query.query) === undefined && !isSame(begins ?? {}, places),
  )
  if (wrong !== undefined) throw notExact(wrong.query.name)
  return before === undefined ? least : undefined
}

async function inputEnds({ topics }: Parts, query: CheckedQuery): Promise<BeginOffsets> {
  const ends: { [topic: string]: readonly number[] } = {}
  for (const name of query.reads) {
    const open = topics.get(decodedRows(name)) ?? topics.get(name)
    if (open === undefined) continue
    await open.topic.refresh()
    ends[open.topic.name] = partitionEnds(open.topic)
  }
  return ends
}

const CHOICES = (query: string): string =>
  `Or begin anew: --reset ${query}=earliest, from the first record that is kept, behind the old rows; or --reset ${query}=latest, from the records to come.`

const notStopped = (query: string, where: string): Failure =>
  new Failure('pipeline', `query "${query}" ran at ${where} before, and was not stopped cleanly there`, {
    hint: `Start it once more with the engine that it had, and stop it (SIGTERM): then the other engine knows what is out.\n${CHOICES(query)}`,
  })

const notExact = (query: string): Failure =>
  new Failure('pipeline', `query "${query}" cannot be taken over by another engine exactly where it was`, {
    hint: `Its rows have no order by which those are known that are out, and its place is not that of all that was read.\n${CHOICES(query)}`,
  })

const isDeleted = (query: string, topic: string): Failure =>
  new Failure(
    'pipeline',
    `query "${query}" cannot be taken over by another engine: records of its open windows may be deleted`,
    {
      hint: `The next engine has to read them again, and topic ${topic} does not keep them for sure: a longer retention does.\n${CHOICES(query)}`,
    },
  )
