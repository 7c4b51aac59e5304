/**
 * Where the rows of `tailrace watch` go. A terminal that can be redrawn shows windows as a live table, with the one that is
 * open below them; an answer that changes as a table in place; and other rows one below the other, as `tail -f | grep` does.
 * Everything else gets each row as text, at once. A reader that is slow makes the run wait.
 */
import * as z from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Batch } from '../../record/column.ts'
import { CHANGE, withChange, writeAll } from '../../sink/console.ts'
import { defineSink, type Sink, type SinkContext, type SinkType } from '../../sink/sink.ts'
import { inputsOf } from '../../sql/plan/inputs.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import { ChangingTable } from '../../terminal/changing-table.ts'
import { widthOf } from '../../terminal/colour.ts'
import { LiveTable } from '../../terminal/live-table.ts'
import type { SharedOutput } from '../../terminal/output.ts'
import type { Screen } from '../../terminal/screen.ts'
import { harmlessOn } from '../../terminal/text.ts'
import { type LiveForm, openLiveRows } from './live-rows.ts'

export type ShownOptions = {
  readonly plan: Plan
  /** What is watched, as the title of a table. */
  readonly title: string
  readonly form: LiveForm
  readonly hasHeader: boolean
  /** The most rows of a table on a terminal; undefined: as many as fit. */
  readonly rows: number | undefined
  /** Aborted when nobody waits for a slow reader any longer; the output is closed then. */
  readonly giveUp: AbortSignal
}

/** Panels take changes, and are drawn. */
type RowPanel = { add(batch: Batch): void }

/** The sink that shows the rows of a plan. */
export function shownSink(options: ShownOptions): SinkType {
  return defineSink<unknown>({
    name: 'console',
    summary: 'Shows the rows of watch.',
    writes: 'append',
    options: z.unknown(),
    replaces: () => true,
    open: async (_, context) => openShown(options, context),
  })
}

function openShown(options: ShownOptions, { from, output, clock, changing = false, rowKey = [] }: SinkContext): Sink {
  const { plan, title, rows } = options
  const { fields } = plan
  const { screen, colours } = output
  if (screen !== undefined && changing) {
    const isByKey = hasRank(plan)
    return panelSink(new ChangingTable({ title, fields, key: rowKey, isByKey, limit: rows, colours }), screen, clock)
  }
  if (screen !== undefined && fields.some(({ window }) => window !== undefined)) {
    const table = new LiveTable(title, fields, rows, colours)
    // It stays in the last drawing: what the open window has is what a person saw when the run was stopped.
    output.opened(from, table)
    return panelSink(table, screen, clock)
  }
  return textSink(options, output, changing)
}

const hasRank = (plan: Plan): boolean => plan.kind === 'rank' || inputsOf(plan).some(hasRank)

function panelSink(panel: RowPanel & Parameters<Screen['open']>[0], screen: Screen, clock: Clock): Sink {
  screen.open(panel)
  return {
    async write({ rows }) {
      panel.add(rows)
      screen.changed(clock)
      return undefined
    },
    flush: async () => ({}),
    async [Symbol.asyncDispose]() {
      screen.close(panel)
    },
  }
}

function textSink({ plan, form, hasHeader, giveUp }: ShownOptions, output: SharedOutput, changing: boolean): Sink {
  const { stream, screen } = output
  const fields = changing ? [CHANGE, ...plan.fields] : plan.fields
  const textOf = openLiveRows(form, fields, { hasHeader, width: () => widthOf(stream) })
  return {
    async write({ rows }) {
      if (rows.count === 0) return undefined
      const text = textOf(changing ? withChange(rows) : rows)
      if (screen !== undefined) screen.above(typeof text === 'string' ? text : Buffer.from(text).toString())
      else await writeAll(output, typeof text === 'string' ? text : harmlessOn(stream, text), giveUp)
      return undefined
    },
    flush: async () => ({}),
    async [Symbol.asyncDispose]() {},
  }
}
