/** Retention and limits as declared, with their defaults. Limits too small for anything are failures. */
import { memoryBytes } from '../../base/memory.ts'
import { byteText } from '../../base/units.ts'
import type { CheckedPipeline, RetentionRule } from '../checked.ts'
import type { PipelineFile, RetentionFile } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import { RESULT_TIME_MS, TOPIC_TIME_MS } from '../file/space-schema.ts'
import type { Path } from '../file/yaml-tree.ts'

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

/** The retention of a source topic. */
export function topicRule(name: string, file: PipelineFile, text: PipelineText): RetentionRule {
  const { partitions = 1, retention = {} } = file.topics[name] ?? {}
  const path = ['topics', name, 'retention']
  checkSizes(retention, partitions, path, text)
  return ruleOf(retention, TOPIC_TIME_MS, file)
}

/** The retention of a topic of results, whose entry in the file is at `at`. */
export function resultRule(
  retention: RetentionFile = {},
  partitions: number,
  at: Path,
  { file, text }: { readonly file: PipelineFile; readonly text: PipelineText },
): RetentionRule {
  checkSizes(retention, partitions, [...at, 'retention'], text)
  return ruleOf(retention, RESULT_TIME_MS, file)
}

/** The bytes after which a stretch of a topic is closed; undefined if the rule has no sizes. */
export function stretchBytes(rule: RetentionRule, partitions: number, disk: number | undefined): number | undefined {
  const { bytes = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = rule
  const least = Math.min(bytes, limit, disk === undefined ? Number.POSITIVE_INFINITY : disk / 4)
  if (least === Number.POSITIVE_INFINITY) return undefined
  return Math.floor(Math.min(LARGEST_STRETCH, Math.max(SMALLEST_STRETCH, least / (STRETCHES * partitions))))
}

/** The limits of the whole pipeline, in bytes. */
export function limitsOf({ limits }: PipelineFile, text: PipelineText): CheckedPipeline['limits'] {
  const { disk, when_full, state = DEFAULT_STATE } = limits
  return { disk, whenFull: when_full, state: enoughState(state, ['limits', 'state'], text) }
}

/** Bytes of memory that the open windows of a query may take. */
export function stateLimit(query: string, file: PipelineFile, text: PipelineText): number {
  const { limit } = file.queries[query]?.state ?? {}
  if (limit === undefined) return file.limits.state ?? DEFAULT_STATE
  return enoughState(limit, ['queries', query, 'state', 'limit'], text)
}

function enoughState(limit: number, path: Path, text: PipelineText): number {
  if (limit >= LEAST_STATE) return limit
  throw text.failure(
    path,
    `a limit of less than ${byteText(LEAST_STATE)} is met by a query that holds next to nothing`,
    {
      hint: 'Arrays begin with some room, and windows that are done keep theirs for the next.',
    },
  )
}

function ruleOf({ time, size, limit, when_full }: RetentionFile, byDefault: number, file: PipelineFile): RetentionRule {
  const timeMs = time ?? byDefault
  return {
    timeMs: timeMs === Number.POSITIVE_INFINITY ? undefined : timeMs,
    bytes: size,
    limit,
    whenFull: when_full ?? file.limits.when_full,
  }
}

function checkSizes({ size, limit }: RetentionFile, partitions: number, path: Path, text: PipelineText): void {
  const least = partitions * STRETCHES * SMALLEST_STRETCH
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
