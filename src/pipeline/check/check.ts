/**
 * Resolves every name in a pipeline file: topics and their formats, queries and reports, sources and sinks. All mistakes
 * are found in one go; the first is the failure, the others come with it.
 */
import { collectFailure, type Failure, failuresIn, throwAll } from '../../base/failure.ts'
import { findZone } from '../../base/timezone.ts'
import type { CheckedPipeline, CheckedSource } from '../checked.ts'
import type { CheckedTest } from '../expect/checked-test.ts'
import type { LoadedPipeline } from '../file/load.ts'
import { inOrder, type PipelineText } from '../file/pipeline-text.ts'
import { checkAlerts } from './alerts.ts'
import { chosenBus, warnOfAcks, warnOfLimits } from './bus.ts'
import { type Checking, tablesForSql } from './checking.ts'
import { chosenEngine, refuseWithoutKafka } from './engine.ts'
import { checkQueries } from './queries.ts'
import { checkReports } from './reports.ts'
import { warnOfReserved } from './reserved-names.ts'
import { checkShare } from './share.ts'
import { checkSinks } from './sinks.ts'
import { checkSource } from './sources.ts'
import { limitsOf } from './space.ts'
import { checkTables } from './tables.ts'
import { checkTests } from './tests.ts'
import { checkTopic } from './topics.ts'

export type Checked = {
  readonly pipeline: CheckedPipeline
  /** These do not keep the pipeline from running. */
  readonly warnings: readonly Failure[]
  /** Those of the file. */
  readonly tests: readonly CheckedTest[]
}

/** `now`, the value of CURRENT_TIMESTAMP, is in ms since 1970. Throws a Failure with all mistakes. */
export function checkPipeline(loaded: LoadedPipeline, now: number): Checked {
  const { definition: file, written, folder, text, problems, unprepared, leftOut, params } = loaded
  const { name, topics } = file
  const failures = [...problems, ...unprepared]
  const timezone = knownZone(file.timezone, text, failures)
  const session = { timezone, now, ...(loaded.functions.size > 0 && { functions: loaded.functions }) }
  const broken = new Set(leftOut)
  const parts = { tables: new Map(), views: new Map(), stored: new Map(), lookups: new Map() }
  const checking: Checking = { file, text, session, ...parts, broken, written, failures, warnings: [] }
  const { tables, warnings } = checking
  warnOfReserved(checking)
  for (const { name } of params.filter(({ isUsed }) => !isUsed)) {
    const hint = `Where it should stand, write \${params.${name}}.`
    warnings.push(text.failure(['params', name], `nothing uses parameter "${name}"`, { at: 'key', hint }))
  }
  warnOfAcks(checking)
  warnOfLimits(checking)
  refuseWithoutKafka(checking)
  for (const topic of Object.keys(topics)) {
    const found = collectFailure(failures, () => checkTopic(topic, checking))
    // Queries over a broken topic would only repeat its mistake.
    if (found === undefined) broken.add(topic)
    else tables.set(topic, found)
  }
  refuseTakenNames(checking)
  refuseKeptNames(checking)
  const sources = Object.entries(file.sources).map(([source, entry]) => checkSource(source, entry, checking))
  refuseSharedFolders(sources, folder, checking)
  checkTables(checking)
  const queries = checkQueries(checking)
  const { alerts, tellers } = checkAlerts(queries, checking)
  const reports = checkReports(checking)
  const declared = checkSinks({ queries, alerts, reports, folder }, checking)
  checkShare(sources, declared, checking)
  const tests = checkTests(reports, checking)
  throwAll(inOrder(failures.flatMap(failuresIn)))

  return {
    pipeline: {
      name,
      folder,
      timezone,
      bus: chosenBus(file),
      share: file.share === false ? undefined : { sessionMs: file.share.session },
      engine: chosenEngine(file),
      session,
      catalog: tablesForSql(checking, 'batch'),
      sources,
      topics: [...tables.values()].map(({ topic }) => topic),
      queries: [...queries, ...alerts.flatMap(({ query }) => query ?? [])],
      views: [...checking.views.values()].map(({ view }) => view),
      tables: new Map([...checking.stored].map(([table, { checked }]) => [table, checked])),
      lookups: new Map([...checking.lookups].map(([table, { checked }]) => [table, checked])),
      reports,
      sinks: [...declared, ...tellers],
      alerts,
      limits: limitsOf(checking),
      checkpointIntervalMs: file.checkpoint.interval,
      written,
      failureAt: text.failure,
      mask: text.mask,
    },
    warnings,
    tests,
  }
}

function knownZone(timezone: string, text: PipelineText, failures: Failure[]): string {
  if (findZone(timezone) !== undefined) return timezone
  const hint = 'Write a name such as UTC, Europe/Berlin or America/New_York.'
  failures.push(text.failure(['timezone'], `there is no time zone "${timezone}"`, { hint }))
  return 'UTC'
}

function refuseTakenNames({ file, text, failures }: Checking): void {
  for (const query of Object.keys(file.queries)) {
    for (const topic of [query, `${file.name}.${query}`].filter((one) => Object.hasOwn(file.topics, one))) {
      const message = `query "${query}" and topic "${topic}" have the same name`
      failures.push(text.failure(['queries', query], message, { at: 'key' }))
    }
  }
}

/** Topics of a pipeline keep their dead letters and ticks in topics of these names. */
function refuseKeptNames({ file, text, failures }: Checking): void {
  const made = [...Object.keys(file.queries), ...Object.keys(file.reports)].map((name) => `${file.name}.${name}`)
  for (const topic of Object.keys(file.topics)) {
    const of = topic.replace(/\.(dead|ticks)$/, '')
    if (of === topic || !(Object.hasOwn(file.topics, of) || made.includes(of))) continue
    const message = `topic "${topic}" has the name under which topic "${of}" keeps its ${topic.endsWith('.dead') ? 'dead letters' : 'ticks'}`
    failures.push(text.failure(['topics', topic], message, { at: 'key', hint: 'take another name' }))
  }
}

/** Refuses two sources that take the same files, as far as their globs tell: each would get some of them. */
function refuseSharedFolders(sources: readonly CheckedSource[], folder: string, { text, failures }: Checking): void {
  const taken: { readonly name: string; readonly folder: string; readonly files: string | undefined }[] = []
  for (const { name, type, options } of sources) {
    const takes = type.takes?.(options, folder)
    if (takes === undefined) continue
    const isSame = (files: string | undefined) =>
      files === undefined || takes.files === undefined || files === takes.files
    const other = taken.find((one) => one.folder === takes.folder && isSame(one.files))
    if (other !== undefined) {
      const hint = 'Give each its own folder, or `files`, or take them once and let several queries read the topic.'
      failures.push(text.failure(['sources', name, type.name], `source "${other.name}" takes the same files`, { hint }))
    }
    taken.push({ name, ...takes })
  }
}
