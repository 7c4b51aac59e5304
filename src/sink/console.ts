/**
 * Shows rows on the terminal: as tables that are redrawn in place where a person sees them, else as lines that are
 * appended. Only rows go to standard output. Where nobody reads it any more (`| head`), rows are left out: they are in
 * their topic.
 */
import { once } from 'node:events'
import * as z from 'zod'
import { ndjsonEncoder } from '../format/write/json.ts'
import { type Batch, columnOf } from '../record/column.ts'
import { type Field, STRING } from '../record/type.ts'
import { cellsOf } from '../terminal/cells.ts'
import { widthOf } from '../terminal/colour.ts'
import { LiveTable } from '../terminal/live-table.ts'
import type { SharedOutput } from '../terminal/output.ts'
import { TextTable, tableColumns } from '../terminal/table.ts'
import { harmlessOn } from '../terminal/text.ts'
import { defineSink, type Sink, type SinkType } from './sink.ts'

type Options = { readonly format: 'table' | 'ndjson'; readonly rows?: number | undefined }

export const consoleSink: SinkType = defineSink<Options>({
  name: 'console',
  summary: 'Shows rows on the terminal: live tables, or lines where the output is no terminal.',
  oneHost: () => 'shows rows on the terminal of one process',
  writes: 'append',
  options: z.strictObject({
    format: z.enum(['table', 'ndjson']).prefault('table'),
    rows: z.int().min(1).max(1000).optional(),
  }),
  replaces: () => true,
  async open({ format, rows }, { from, fields: own, changing = false, output, clock }) {
    const { stream, screen } = output
    const fields = changing ? [CHANGE, ...own] : own
    const showing = changing ? showingChanges : showingRows
    if (format === 'ndjson') {
      const encoder = ndjsonEncoder(fields)
      // A copy, because the stream may hold it longer than the encoder's bytes are valid.
      return showing((batch) => writeAll(output, harmlessOn(stream, encoder.encode(batch, 0, batch.count).slice())))
    }
    if (screen === undefined) return appendedTable(output, from, fields, showing)
    const table = new LiveTable(from, fields, rows, output.colours)
    screen.open(table)
    const forget = output.opened(from, table)
    return showing(
      async (batch) => {
        table.add(batch)
        if (!output.isClosed) screen.changed(clock)
      },
      () => {
        forget()
        table.setProvisional([])
        screen.close(table)
      },
    )
  },
})

/** The column in front of rows that change: what has happened to each. */
export const CHANGE: Field = { name: 'change', type: STRING }

/** The rows with a column in front that says whether each is there or is deleted. */
export function withChange({ deleted, columns, ...batch }: Batch): Batch {
  const changes = Array.from({ length: batch.count }, (_, row) => (deleted?.[row] === 1 ? 'deleted' : 'is'))
  return { ...batch, columns: [columnOf(STRING, changes), ...columns] }
}

const showingChanges: typeof showingRows = (show, close) => showingRows((batch) => show(withChange(batch)), close)

/** A sink without a state, that is given batches with rows. */
function showingRows(show: (batch: Batch) => Promise<void>, close = (): void => {}): Sink {
  return {
    async write({ rows }) {
      if (rows.count > 0) await show(rows)
      return undefined
    },
    flush: async () => ({}),
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}

/** Where the output has shown another table since, the rows come after the title and the names. */
function appendedTable(
  output: SharedOutput,
  title: string,
  fields: readonly Field[],
  showing: typeof showingRows,
): Sink {
  const table = new TextTable(tableColumns(fields))
  return showing(async (batch) => {
    const cells = cellsOf(fields, batch, 'short')
    table.widen(cells)
    const line = table.writer(widthOf(output.stream))
    const lines = cells.map(line)
    const turn = output.turnTo(table)
    if (turn !== 'same') lines.unshift(`== ${title}`, line(table.names()))
    if (turn === 'other') lines.unshift('')
    await writeAll(output, lines.map((text) => `${text}\n`).join(''))
  })
}

/** Waits while the reader of the stream is slower, as long as there is one and `giveUp` is not aborted. */
export async function writeAll(output: SharedOutput, data: string | Uint8Array, giveUp?: AbortSignal): Promise<void> {
  const { stream } = output
  if (output.isClosed || stream.write(data)) return
  try {
    await once(stream, 'drain', giveUp && { signal: giveUp })
  } catch (error) {
    if (!output.isClosed) throw error
  }
}
