/**
 * Lines of which none could be used: a format that does not fit them, times from the future, a rule that they do not meet, or an expression that fails for each. Their run would end as
 * if all were well. A run that ends with its input fails for it; one that goes on warns, once for each topic.
 *
 * It looks at counters only, never at a record.
 */
import { every } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { countText } from '../../base/units.ts'
import { commandText, type WhichText } from '../../history/command-text.ts'
import { lateOfAll } from '../../topic/dead-tally.ts'
import type { Parts } from '../parts.ts'
import type { RunOptions } from '../run-options.ts'

const LOOK_MS = 1000
const AHEAD = 'max_ahead of the topic says how far ahead a time may be, and timezone of which zone it is'
const BROKEN = 'the rules of the topic are under require'
/** A topic is judged once it has this many lines, or by all lines that came in this time. */
const ENOUGH_LINES = 1000
const ENOUGH_MS = 10_000

/** What could use none of its `count` lines or rows, and why. */
export type Unusable = { readonly key: string; readonly count: number; readonly failure: Failure }

/** The topics and queries of this run that could use none of the lines or rows that they have looked at. */
export function unusableIn(parts: Parts, which: WhichText = ''): readonly Unusable[] {
  const topics = [...parts.topics].flatMap(([name, { dead }]): readonly Unusable[] => {
    const { tally } = dead
    const unread = tally.count('format')
    const ahead = tally.count('future')
    const broken = tally.count('rule')
    const count = unread + ahead + broken
    if (count === 0 || tally.usableRows() > 0) return []
    const what = `topic ${name}: none of the ${countText(count, 'line')} could be used: each is a dead letter`
    // Records from the future are readable, and so are those that meet no rule.
    const advice = ahead > 0 ? AHEAD : broken > 0 ? BROKEN : 'tailrace describe FILE shows what the format is'
    const reason = tally.firstReason('future') ?? tally.firstReason('rule') ?? tally.firstReason('format')
    const hint = `${advice}; ${deadText(name, which)} shows the lines.`
    return [{ key: `topic ${name}`, count, failure: noneUsable(what, reason, hint) }]
  })
  const queries = (parts.pipeline?.queries ?? []).flatMap(({ name, reads }): readonly Unusable[] => {
    const tallies = reads.flatMap((topic) => parts.topics.get(topic)?.dead.tally ?? [])
    const { read } = lateOfAll(tallies, name)
    const failed = tallies.reduce((sum, tally) => sum + tally.failedOf(name).rows, 0)
    if (read === 0 || failed < read) return []
    const what = `query ${name}: none of the ${countText(read, 'row')} could be used: an expression of the query failed for each`
    const reason = tallies.map((tally) => tally.failedOf(name).first).find((first) => first !== undefined)
    const hint = `Correct the expression; TRY_CAST gives NULL where CAST fails. ${deadText(reads[0] ?? '', which)} shows the rows.`
    return [{ key: `query ${name}`, count: read, failure: noneUsable(what, reason, hint) }]
  })
  return [...topics, ...queries]
}

const noneUsable = (what: string, reason: string | undefined, hint: string): Failure =>
  new Failure('io', reason === undefined ? what : `${what}; the first: ${reason}`, { hint })

const deadText = (topic: string, which: WhichText): string => commandText(['dead', topic], which)

export type UseWatch = AsyncDisposable & {
  /** Judges by what there is, however little. */
  end(): void
}

/** Looks every second until it is disposed of, and warns of what can use none of its lines. */
export function openUseWatch(parts: Parts, { clock, warn, which, untilEnd }: RunOptions): UseWatch {
  // Where the input ends, the run fails instead.
  if (untilEnd) return { end() {}, async [Symbol.asyncDispose]() {} }
  const said = new Set<string>()
  const look = (isLast: boolean) => {
    const firstAt = Math.min(
      ...[...parts.writers.values()].map((writer) => writer.firstAt() ?? Number.POSITIVE_INFINITY),
    )
    const isLong = clock.elapsed() - firstAt >= ENOUGH_MS
    for (const { key, count, failure } of unusableIn(parts, which)) {
      if (said.has(key) || !(isLast || isLong || count >= ENOUGH_LINES)) continue
      said.add(key)
      warn(`${failure.message}. ${failure.hint ?? ''}`)
    }
  }
  return { end: () => look(true), ...every(clock, LOOK_MS, () => look(false)) }
}
