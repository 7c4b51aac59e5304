/** Retention as declared, with what holds where nothing is said; limits that nothing fits into are told. */
import { byteText } from '../base/units.ts'
import type { RetentionRule } from './checked.ts'
import type { PipelineFile, RetentionFile } from './definition.ts'
import type { PipelineText } from './pipeline-text.ts'
import { RESULT_TIME_MS, TOPIC_TIME_MS } from './space-schema.ts'
import type { Path } from './yaml-tree.ts'

/** Space is given back in stretches: a limit has room for so many of the smallest in each partition. */
const STRETCHES = 8
export const SMALLEST_STRETCH: number = 2 ** 20
/** Few files, and still small enough to give space back in steps. */
const LARGEST_STRETCH = 128 * 2 ** 20

export function topicRule(name: string, file: PipelineFile, text: PipelineText): RetentionRule {
  const { partitions = 1, retention = {} } = file.topics[name] ?? {}
  const path = ['topics', name, 'retention']
  checkSizes(retention, partitions, path, text)
  return ruleOf(retention, TOPIC_TIME_MS, file)
}

export function resultRule(
  retention: RetentionFile = {},
  partitions: number,
  at: Path,
  { file, text }: { readonly file: PipelineFile; readonly text: PipelineText },
): RetentionRule {
  checkSizes(retention, partitions, [...at, 'retention'], text)
  return ruleOf(retention, RESULT_TIME_MS, file)
}

/** The bytes after which a partition's file is closed, so that sizes are kept in steps; undefined: nothing asks for it. */
export function stretchBytes(rule: RetentionRule, partitions: number, disk: number | undefined): number | undefined {
  const { bytes = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = rule
  const least = Math.min(bytes, limit, disk === undefined ? Number.POSITIVE_INFINITY : disk / 4)
  if (least === Number.POSITIVE_INFINITY) return undefined
  return Math.floor(Math.min(LARGEST_STRETCH, Math.max(SMALLEST_STRETCH, least / (STRETCHES * partitions))))
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
