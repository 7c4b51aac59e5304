/**
 * Reloads a pipeline while it runs. A pipeline that a start would refuse is refused before anything is touched; if a part
 * of the new one cannot be opened, the old one is put back. So a reload either happens or changes nothing.
 *
 * A changed query may only go on with its state (`keep`): only a start lets it begin anew.
 */
import { isDeepStrictEqual } from 'node:util'
import { sinkWords } from '../alert/names.ts'
import { assert } from '../base/assert.ts'
import { entryOf } from '../base/entry.ts'
import { Failure, throwAll } from '../base/failure.ts'
import type { Turns } from '../base/turns.ts'
import { allTopics, type CheckedPipeline, type CheckedTopic } from '../pipeline/checked.ts'
import { fingerprintOf } from '../runner/fingerprint.ts'
import { keptInPlace, type QueryPrint } from '../runner/reset.ts'
import { refuseOtherEngine } from './flink/refuse.ts'
import { type LocalPipeline, localPipeline } from './flink/split.ts'
import { wantedSinks } from './open-sinks.ts'
import { wantedSources } from './open-sources.ts'
import { compareParts, type PartChanges } from './part-set.ts'
import type { Parts, Resets } from './parts.ts'
import type { Reload } from './run-options.ts'

type Become = (parts: Parts, next: LocalPipeline, reset: Resets) => Promise<void>

/** Reloads by `become`, each in its turn: only then is the pipeline read. */
export const openReload =
  (parts: Parts, become: Become, turns: Turns): Reload =>
  (load) =>
    turns.next(async () => reloadOnce(parts, localPipeline(await load()), become))

async function reloadOnce(parts: Parts, next: LocalPipeline, become: Become): Promise<readonly string[]> {
  const { pipeline } = parts
  assert(pipeline !== undefined, 'a reload comes after the start')
  await refuseChange(parts, pipeline, next)
  if (next.onFlink !== undefined) keptInPlace(next.onFlink, parts.jobs.journal.prints())
  const reset = keptInPlace(next, printsOf(parts))
  const sources = parts.sources.compare(wantedSources(next, parts))
  const others = changesOf(parts, pipeline, next)
  try {
    await become(parts, next, reset)
  } catch (error) {
    if (!(error instanceof Failure)) {
      parts.context.fail(error)
      throw error
    }
    await become(parts, pipeline, reset).catch((second: unknown) => {
      parts.context.fail(second)
      throw second
    })
    throw error
  }
  const describe = (name: string) => parts.sources.all().find((one) => one.name === name)?.source.describe
  return [...inWords('source', sources, describe), ...others]
}

/** Throws a Failure if no reload can make one pipeline the other. */
export async function refuseChange({ context }: Parts, now: CheckedPipeline, next: CheckedPipeline): Promise<void> {
  if (now.name !== next.name) {
    const hint = 'Its data folder and topics go by the name. Stop this one, and start the other.'
    const message = `the pipeline is called ${next.name} now, and ${now.name} runs: that is another one`
    throw new Failure('pipeline', message, { hint })
  }
  refuseOtherBus(now, next)
  refuseOtherEngine(now, next)
  const there = new Map((await context.bus.topics()).map(({ name, partitions }) => [name, partitions]))
  const failures = allTopics(next).flatMap(({ topic, partitions }) => {
    const before = there.get(topic)
    if (before === undefined || before === partitions) return []
    return new Failure('pipeline', `topic ${topic} has ${before} partitions, not ${partitions}: that cannot change`, {
      hint: `Write 'partitions: ${before}', or take another name: records do not move between partitions.`,
    })
  })
  throwAll(failures)
}

/** Throws a Failure where the bus is another one, or a shared one has made topics with other settings. */
function refuseOtherBus(now: CheckedPipeline, next: CheckedPipeline): void {
  const { type, options } = next.bus
  if (now.bus.type !== type || !isDeepStrictEqual(now.bus.options, options)) {
    throw new Failure('pipeline', `the bus is another one now (${type.name}): that cannot change while it runs`, {
      hint: 'Stop the run, and start it with a data folder of its own: --data FOLDER.',
    })
  }
  // Retention in the data folder is ours, and changes.
  if (!type.isShared) return
  const { changed } = compareParts(
    allTopics(now),
    allTopics(next),
    (one, other) => !isDeepStrictEqual(one.settings, other.settings),
  )
  if (changed.length === 0) return
  const message = `the settings of topic ${changed[0]} on ${type.name} cannot change while it runs`
  throw new Failure('pipeline', message, {
    hint: 'Stop the run, change the topic by the tools of the bus, and start it again.',
  })
}

/** The prints of the queries at work, and of those that have left the pipeline and keep their places. */
function printsOf({ queries, kept }: Parts): { readonly [name: string]: QueryPrint } {
  const running = queries?.queries.map(({ name, fingerprint, layout }) => [name, { fingerprint, layout }] as const)
  return { ...kept.queries, ...Object.fromEntries(running ?? []) }
}

/** The changes of a reload besides sources, in words. */
export function changesOf(parts: Parts, now: CheckedPipeline, next: CheckedPipeline): readonly string[] {
  const prints = printsOf(parts)
  const queries = compareParts(
    now.queries,
    next.queries,
    (_, query) => entryOf(prints, query.name)?.fingerprint !== fingerprintOf(query, next),
  )
  const inputs = compareParts(
    inputsOf(now),
    inputsOf(next),
    (one, other) =>
      one.fingerprint !== other.fingerprint ||
      one.idleMs !== other.idleMs ||
      !isDeepStrictEqual(one.retention, other.retention),
  )
  const reports = compareParts(
    now.reports,
    next.reports,
    (one, other) =>
      one.query.sql !== other.query.sql ||
      !isDeepStrictEqual(one.query.views, other.query.views) ||
      one.spanMs !== other.spanMs,
  )
  return [
    ...inWords('topic', inputs),
    ...inWords('query', { ...queries, changed: [] }),
    ...queries.changed.map((name) =>
      next.alerts.some((alert) => alert.name === name)
        ? `alert ${name} is changed: what is in trouble stays so, until a row says otherwise`
        : `query ${name} is changed and goes on with what it has counted`,
    ),
    ...inWords('report', reports),
    ...inWords('', named(parts.sinks.compare(wantedSinks(next, parts)), sinkWords)),
    ...(isDeepStrictEqual(now.limits, next.limits) ? [] : ['limits are changed']),
    ...(now.checkpointIntervalMs === next.checkpointIntervalMs ? [] : ['checkpoint.interval is changed']),
  ]
}

/** The changes with other names for the parts. */
const named = ({ added, changed, removed }: PartChanges, words: (name: string) => string): PartChanges => ({
  added: added.map(words),
  changed: changed.map(words),
  removed: removed.map(words),
})

/** `describe` says more about a part that is new or changed. */
function inWords(
  what: string,
  { added, changed, removed }: PartChanges,
  describe: (name: string) => string | undefined = () => undefined,
): string[] {
  const about = (name: string) => (describe(name) === undefined ? '' : ` (${describe(name)})`)
  return [
    ...removed.map((name) => `${what} ${name} has ended`.trim()),
    ...changed.map((name) => `${what} ${name} is changed${about(name)}`.trim()),
    ...added.map((name) => `${what} ${name} is new${about(name)}`.trim()),
  ]
}

/** Topics that sources fill. */
const inputsOf = ({ topics, queries }: CheckedPipeline): readonly CheckedTopic[] =>
  topics.filter(({ name }) => queries.every((query) => query.name !== name))
