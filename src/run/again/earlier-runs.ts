/**
 * What a run finds of earlier ones, in words: a second run seems to give another answer, as it is about what is new.
 */
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
