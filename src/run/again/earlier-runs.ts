/**
 * What a run finds of earlier ones, in words: a second run seems to give another answer, as it is about what is new.
 */
import { entryOf } from '../../base/entry.ts'
import { countText } from '../../base/units.ts'
import { lateOfAll } from '../../topic/dead-tally.ts'
import type { OpenSource } from '../open-sources.ts'
import type { Parts } from '../parts.ts'

const START_OVER = '--fresh starts over'

/** At the start of a run without an end: where each source goes on. */
export const goesOn = ({ sources }: Parts): string[] =>
  sources.all().flatMap((source) => (source.linesBefore > 0 ? goesOnText(source) : []))

const goesOnText = ({ name, linesBefore }: Pick<OpenSource, 'name' | 'linesBefore'>): string =>
  `source ${name} goes on after ${countText(linesBefore, 'line')} of earlier runs; ${START_OVER}`

/**
 * At the start, on a bus that others share: sources that read their input from its start into a topic that has records, of which
 * this data folder knows nothing. An earlier run with another data folder may have read the same lines.
 */
export function readsAgain(
  { sources, topics, kept }: Parts,
  wanted: readonly { readonly name: string; readonly type: { readonly replayable: boolean } }[],
): string[] {
  return sources.all().flatMap(({ name, to, linesBefore }) => {
    const topic = topics.get(to)?.topic
    const { replayable } = wanted.find((one) => one.name === name)?.type ?? { replayable: false }
    if (!replayable || linesBefore > 0 || topic === undefined || entryOf(kept.bus?.topics, topic.name) !== undefined)
      return []
    const { partitions, bounds } = topic
    const records = Array.from({ length: partitions }, (_, partition) => bounds(partition))
      .map(({ start, end }) => end - start)
      .reduce((sum, count) => sum + count, 0)
    if (records === 0) return []
    const there = `topic ${to} has ${countText(records, 'record')} already, and this data folder is new`
    return `${there}: source ${name} reads from the start, so lines that another data folder has brought in come twice; to go on with them, name that folder (--data)`
  })
}

/** At the end of a run whose input has ended: what was not new, and rows whose windows an earlier run had closed. */
export function foundBefore(parts: Parts): string[] {
  const read = parts.sources.all().flatMap((source) => {
    const { name, linesBefore, meter } = source
    if (linesBefore === 0) return []
    if (meter.status().lines > 0) return goesOnText(source)
    const all = linesBefore === 1 ? 'its only line was' : `all ${countText(linesBefore, 'line')} were`
    return `source ${name}: ${all} read by an earlier run; ${START_OVER}`
  })
  const tallies = [...parts.topics.values()].map(({ dead }) => dead.tally)
  const late = [...parts.tallies].flatMap(([query, { rows }]) => {
    const count = lateOfAll(tallies, query).rows
    if (rows > 0 || count === 0 || !parts.ranBefore.has(query)) return []
    const all = count === 1 ? 'the only row was' : `all ${countText(count, 'row')} were`
    return `query ${query}: ${all} late, as an earlier run has closed their windows; if it read the same lines, ${START_OVER}`
  })
  return [...read, ...late]
}
