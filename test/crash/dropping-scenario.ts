/**
 * A topic that drops its oldest records while a sink is stuck. The topic keeps the last lines, without a gap; the archive has
 * all of these, and each earlier line once or not at all. A process that is stopped cleanly while the sink is stuck has
 * counted exactly the records that it has deleted unread.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { listSegments } from '../../src/bus/embedded/segment.ts'
import { readCheckpoint } from '../../src/run/checkpoint-file.ts'
import { jsonOf, linesOf } from '../cli/tailrace.ts'
import { openFeed } from './feed.ts'
import { COUNTED } from './moments.ts'
import { difference, only, readOutcome } from './outcome.ts'
import { DROPPING, makeInputs, PARTITIONS } from './pipeline.ts'
import { LINES, placesOf, QUIET, type Scenario, type ScenarioOptions, tailsOf } from './scenario.ts'

const RETENTION = { timeMs: undefined, bytes: undefined, limit: 40_000, whenFull: 'drop_oldest' } as const

/** The scenario `dropping`. */
export function openDropping({ seed, folder, random }: ScenarioOptions): Scenario {
  const { access } = makeInputs(seed, LINES)
  const feed = openFeed(new Map([[join(folder, 'access.log'), access]]), random)
  const data = join(folder, 'data')
  writeFileSync(join(folder, 'p.yaml'), DROPPING)
  let isStuck = false
  let before: readonly number[] = []
  let rounds = 0
  return {
    ...QUIET,
    feed,
    lines: LINES,
    start: () => ({ folder, options: { retention: RETENTION } }),
    orders() {
      // Long enough to reach the limit.
      isStuck = rounds++ < 6 || random.below(2) > 0
      const read = existsSync(join(data, 'checkpoint')) ? readCheckpoint(nodeDisk, data).sinks.archive?.offsets : {}
      before = startsOf(data).map((start, partition) => Math.max(start, read?.[partition] ?? 0))
      return isStuck ? { stuck: 'archive' } : {}
    },
    async stopped({ stderr }) {
      if (!isStuck) return undefined
      const gone = startsOf(data).reduce(
        (sum, start, partition) => sum + Math.max(0, start - (before[partition] ?? 0)),
        0,
      )
      const summary = jsonOf<{ dropped: number }>(linesOf(stderr).slice(-1))[0]
      if (summary?.dropped !== gone) throw new Error(`${gone} records were dropped, ${summary?.dropped} were counted`)
      return gone > 0 ? COUNTED : undefined
    },
    async judge() {
      const found = await readOutcome(folder)
      const expected = placesOf({ access })
      const wrong = difference(
        only(found, (name) => expected.has(name)),
        tailsOf(expected, found),
      )
      return (
        wrong ??
        archiveProblem(found, expected) ??
        (startsOf(data).every((start) => start === 0) ? 'nothing was dropped' : undefined)
      )
    },
  }
}

/** The first offset of each partition. */
function startsOf(data: string): readonly number[] {
  return Array.from({ length: PARTITIONS.access }, (_, partition) => {
    const folder = join(data, 'topics', `access-${partition}`)
    return existsSync(folder) ? (listSegments(nodeDisk, folder)[0]?.baseOffset ?? 0) : 0
  })
}

type Lines = ReadonlyMap<string, readonly string[]>

function archiveProblem(found: Lines, expected: Lines): string | undefined {
  for (const [name, lines] of expected) {
    const archived = (found.get(`archive/all ${name.slice(-1)}`) ?? []).slice(0, -1).map((line) => `\t${line}`)
    const places = new Map(lines.map((line, number) => [line, number]))
    let last = -1
    for (const line of archived) {
      const place = places.get(line) ?? -1
      if (place <= last) return `${name}: the archive has line ${place} behind line ${last}: ${line}`
      last = place
    }
    const kept = new Set(archived)
    const missing = found.get(name)?.find((line) => !kept.has(line))
    if (missing !== undefined) return `${name}: the archive has not got ${missing}`
  }
  return undefined
}
