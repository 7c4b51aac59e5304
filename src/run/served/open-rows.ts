/**
 * The rows of the open windows of a query as JSON, for everyone who watches it: computed once for all of them, once a second
 * at most, only where the query has read something since, and never in more than a small part of the time.
 */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { openRowTexts } from '../../topic/row-texts.ts'
import type { Parts } from '../parts.ts'
import { endOpenWindows, isStateLarge, openedQuery } from './open-windows.ts'

/** They are computed this far apart, or as much as makes it a part of the time. */
const STEP_MS: Duration = 1000
const PART_OF_TIME = 20
/** Rows that are shown; the others are counted. */
const MOST_ROWS = 1000

export type OpenRows = {
  /** As JSON. */
  readonly rows: readonly string[]
  /** Rows besides. */
  readonly more: number
  /** The state of the query is too large to look at it each second. */
  readonly isTooLarge: boolean
}

type Kept = { readonly rows: OpenRows; readonly mark: string; readonly again: Duration }

const NONE: OpenRows = { rows: [], more: 0, isTooLarge: false }

const known = new WeakMap<Parts, Map<string, Kept>>()

/** The rows of now, or of a moment ago: while nothing has changed, the same object. */
export function openRowsOf(name: string, parts: Parts, clock: Clock): OpenRows {
  const byQuery = known.get(parts) ?? new Map<string, Kept>()
  known.set(parts, byQuery)
  const before = byQuery.get(name)
  const began = clock.elapsed()
  if (before !== undefined && began < before.again) return before.rows
  const mark = markOf(name, parts)
  if (before !== undefined && before.mark === mark) return before.rows
  const rows = compute(name, parts)
  const took = clock.elapsed() - began
  byQuery.set(name, { rows, mark, again: began + Math.max(STEP_MS, took * PART_OF_TIME) })
  return rows
}

/** Another text where the query may have other open windows. */
function markOf(name: string, { queries }: Parts): string {
  const query = queries?.queries.find((one) => one.name === name)
  const readers = queries?.readers.filter((reader) => reader.queries.some((one) => one.name === name)) ?? []
  const offsets = readers.map((reader) => Object.values(reader.offsets()).join())
  return [query?.tally.rows, query?.graph.held.open().windows, ...offsets].join(' ')
}

function compute(name: string, parts: Parts): OpenRows {
  const { pipeline, topics } = parts
  const opened = openedQuery(name, parts)
  if (opened === undefined || pipeline === undefined) return NONE
  if (isStateLarge(opened)) return { ...NONE, isTooLarge: true }
  const texts = openRowTexts(opened.query.plan.fields)
  const rows: string[] = []
  let more = 0
  endOpenWindows(opened, { pipeline, topics }, (batch) => {
    const shown = Math.min(batch.count, MOST_ROWS - rows.length)
    more += batch.count - shown
    if (shown > 0) rows.push(...texts({ ...batch, count: shown }).flatMap(({ row }) => row ?? []))
  })
  return { rows, more, isTooLarge: false }
}
