/** Which queries of a pipeline `tailrace verify` compares, and over which part of its records, as the options say. */
import { existsSync } from 'node:fs'
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import { jobQueries } from '../../flink/job.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import { filledTopics } from '../../testing/on-scripts.ts'
import type { KeptRange } from '../../verify/kept-rows.ts'
import type { TopicFiles } from '../../verify/run-files.ts'
import { queryNamed } from '../option/query.ts'
import { spanOf } from '../option/span.ts'
import type { VerifyOptions } from './verifying.ts'

/** The queries that are named, or all that Flink can run: alerts stay here. */
export function queriesAsked(names: readonly string[], pipeline: CheckedPipeline): readonly CheckedQuery[] {
  if (names.length > 0) return names.map((name) => queryNamed(name, pipeline))
  const queries = jobQueries(pipeline)
  if (queries.length === 0) throw new Failure('usage', `pipeline ${pipeline.name} has no queries to verify`)
  return queries
}

/** The files of each topic: TOPIC=FILE, or FILE where sources fill one topic alone. */
export function filesAsked(texts: readonly string[], pipeline: CheckedPipeline): readonly TopicFiles[] {
  const filled = filledTopics(pipeline).map(({ name }) => name)
  const named = texts.map((text) => {
    const [, name, file] = /^(\w[\w.-]*)=(.+)$/s.exec(text) ?? []
    if (name !== undefined && file !== undefined && filled.includes(name)) return { topic: name, file }
    if (name !== undefined && !existsSync(text)) {
      throw new Failure('usage', `${text}: no source fills a topic ${name}`, {
        hint: `Write TOPIC=FILE, with one of ${filled.join(', ')}`,
      })
    }
    const [only, another] = filled
    if (only !== undefined && another === undefined) return { topic: only, file: text }
    throw new Failure('usage', `${text}: which topic is it for?`, {
      hint: `Write TOPIC=FILE, with one of ${filled.join(', ')}`,
    })
  })
  return [...Map.groupBy(named, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    files: some.map(({ file }) => file),
  }))
}

/** The span of `--for`, `--since` and `--until`; all of time without them. */
export function spanAsked(options: VerifyOptions, { timezone }: CheckedPipeline): Span {
  const { for: period, since, until } = options
  if (period === undefined && since === undefined && until === undefined) return { since: -Infinity, until: Infinity }
  return spanOf(options, timezone)
}

/** The number of `--lines`: the most records of each topic. */
export function linesAsked(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const lines = Number(text)
  if (Number.isSafeInteger(lines) && lines > 0) return lines
  throw new Failure('usage', `--lines ${text}: expected a whole number above 0`)
}

/** What `--offsets` says: TOPIC=FROM-TO,FROM-TO with a range for each partition. */
export function rangesAsked(
  texts: readonly string[],
  { topics }: CheckedPipeline,
): ReadonlyMap<string, readonly KeptRange[]> {
  return new Map(
    texts.map((text) => {
      const [, name = '', list = ''] = /^([^=]+)=([\d,-]+)$/.exec(text) ?? []
      const topic = topics.find((one) => one.name === name)
      const ranges = list.split(',').map((one) => {
        const [, from, to] = /^(\d+)-(\d+)$/.exec(one) ?? []
        return { from: Number(from), to: Number(to) }
      })
      if (topic === undefined || ranges.some(({ from, to }) => !(from <= to))) {
        throw new Failure('usage', `--offsets ${text}: expected TOPIC=FROM-TO,FROM-TO, with a topic of the pipeline`)
      }
      if (ranges.length !== topic.partitions) {
        throw new Failure('usage', `--offsets ${text}: topic ${name} has ${counted(topic.partitions, 'partition')}`)
      }
      return [name, ranges] as const
    }),
  )
}

/** Whether only a part of what the topics keep is compared. */
export const isPartOfTopics = ({ lines, offsets, for: period, since, until }: VerifyOptions): boolean =>
  [lines, offsets[0], period, since, until].some((one) => one !== undefined)
