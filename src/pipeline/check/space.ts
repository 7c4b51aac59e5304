/** Retention and limits as declared, with their defaults. Limits too small for anything are failures. */
import { DAY_MS } from '../../base/calendar.ts'
import { memoryBytes } from '../../base/memory.ts'
import type { Duration } from '../../base/quantity.ts'
import { byteText } from '../../base/units.ts'
import { keepsKeys } from '../../sql/plan/inputs.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import type { CheckedPipeline, DeadRule, RetentionRule } from '../checked.ts'
import type { QueryEntry, ResultRetention, RetentionEntry } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Path } from '../file/yaml-tree.ts'
import type { Checking } from './checking.ts'

/** The default of Kafka and Redpanda. */
const TOPIC_TIME_MS: Duration = 7 * DAY_MS
/** Results are few, and are read for longer. */
const RESULT_TIME_MS: Duration = 30 * DAY_MS

/** Space is freed in stretches (`Stretch` of the bus): a limit must have room for this number of the smallest per partition. */
const STRETCHES = 8
export const SMALLEST_STRETCH: number = 2 ** 20
/** Few files, and still small enough to free space in steps. */
const LARGEST_STRETCH = 128 * 2 ** 20

/**
 * A state doubles as it grows and is copied for a checkpoint: a quarter of the memory leaves room for both. A gibibyte is
 * enough for ten million groups of a count; larger states need a limit in the file, as several queries share the memory.
 */
const DEFAULT_STATE = Math.min(2 ** 30, Math.floor(memoryBytes() / 4))
const LEAST_STATE = 2 ** 20

type Retention = RetentionEntry<Duration, number>

/** The retention of the topic whose entry in the file is at `at`: a source topic, or one of results. */
export function retentionRule(
  retention: Retention = {},
  partitions: number,
  at: Path,
  { file, text }: Checking,
): RetentionRule {
  checkSizes(retention, partitions * STRETCHES * SMALLEST_STRETCH, [...at, 'retention'], text)
  const { time = at[0] === 'topics' ? TOPIC_TIME_MS : RESULT_TIME_MS, size, limit, when_full } = retention
  return {
    timeMs: time === Number.POSITIVE_INFINITY ? undefined : time,
    bytes: size,
    limit,
    whenFull: when_full ?? file.limits.when_full,
  }
}

/** The default of what is kept of a topic's dead letters, where the topic itself does not keep less. */
const DEAD_TIME_MS: Duration = 7 * DAY_MS
const DEAD_BYTES = 2 ** 30

/** What is kept of the dead letters of a topic; `entry` is what the file says. Throws a Failure where that is too little. */
export function deadRule(
  topic: { readonly name: string; readonly partitions: number; readonly retention: RetentionRule },
  entry: ResultRetention<Duration, number> | undefined,
  { text }: Checking,
): DeadRule {
  const { name, partitions, retention } = topic
  const least = partitions * STRETCHES * SMALLEST_STRETCH
  checkSizes(entry ?? {}, least, ['topics', name, 'dead'], text)
  const time = entry?.time ?? Math.min(DEAD_TIME_MS, retention.timeMs ?? DEAD_TIME_MS)
  return {
    timeMs: time === Number.POSITIVE_INFINITY ? undefined : time,
    isGiven: entry !== undefined,
    bytes: entry?.size ?? Math.max(least, Math.min(DEAD_BYTES, retention.bytes ?? DEAD_BYTES)),
  }
}

/** The bytes after which a stretch of a topic is closed; undefined if the rule has no sizes. */
export function stretchBytes(
  rule: Pick<RetentionRule, 'bytes'> & Partial<RetentionRule>,
  partitions: number,
  disk: number | undefined,
): number | undefined {
  const { bytes = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = rule
  const least = Math.min(bytes, limit, disk === undefined ? Number.POSITIVE_INFINITY : disk / 4)
  if (least === Number.POSITIVE_INFINITY) return undefined
  return Math.floor(Math.min(LARGEST_STRETCH, Math.max(SMALLEST_STRETCH, least / (STRETCHES * partitions))))
}

/** The limits of the whole pipeline, in bytes. */
export function limitsOf({ file, text }: Checking): CheckedPipeline['limits'] {
  const { disk, when_full, state = DEFAULT_STATE } = file.limits
  return { disk, whenFull: when_full, state: enoughState(state, ['limits', 'state'], text) }
}

/** Bytes of memory that the open windows and keys of a query may take. */
export function stateLimit(query: string, { file, text }: Checking): number {
  const { limit } = file.queries[query]?.state ?? {}
  if (limit === undefined) return file.limits.state ?? DEFAULT_STATE
  return enoughState(limit, ['queries', query, 'state', 'limit'], text)
}

/** Throws a Failure where `ttl` is of no use to the query, or is no time. */
export function checkTtl(query: string, { state }: QueryEntry<Duration, number>, plan: Plan, { text }: Checking): void {
  if (state?.ttl === undefined) return
  const path = ['queries', query, 'state', 'ttl']
  if (state.ttl < 1)
    throw text.failure(path, 'a ttl of nothing keeps no key', { hint: 'Write a time such as 7d, or forever.' })
  if (keepsKeys(plan)) return
  throw text.failure(path, `ttl has no use here: query "${query}" keeps no keys`, {
    hint: 'A window takes its state with it when it closes, and RANGE INTERVAL that of rows which it has left; limit bounds how much is held at a time. ttl is for the first row of each key, ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) = 1, for answers that change, and for OVER with ROWS or UNBOUNDED PRECEDING.',
  })
}

function enoughState(limit: number, path: Path, text: PipelineText): number {
  if (limit >= LEAST_STATE) return limit
  const message = `a limit of less than ${byteText(LEAST_STATE)} is met by a query that holds next to nothing`
  const hint = 'Arrays begin with some room, and windows that are done keep theirs for the next.'
  throw text.failure(path, message, { hint })
}

function checkSizes({ size, limit }: Retention, least: number, path: Path, text: PipelineText): void {
  for (const [key, bytes] of Object.entries({ size, limit })) {
    if (bytes === undefined || bytes >= least) continue
    throw text.failure([...path, key], `${key} is less than ${byteText(least)}`, {
      hint: `Space is given back in steps of ${byteText(SMALLEST_STRETCH)} of each partition, and needs room for ${STRETCHES} of them in each.`,
    })
  }
  if (limit === undefined || size === undefined || limit >= size) return
  throw text.failure([...path, 'limit'], 'limit is less than size', {
    hint: 'size is what is kept of records that were read; limit is how much may be there at all.',
  })
}
