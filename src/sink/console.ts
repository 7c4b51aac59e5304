/**
 * Shows rows on the terminal: as tables that are redrawn in place where a person sees them, else as lines that are
 * appended. Only rows go to standard output.
 */
import { once } from 'node:events'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Encoder } from '../format/format.ts'
import { ndjsonEncoder } from '../format/write/json.ts'
import type { Field } from '../record/type.ts'
import { cellsOf } from '../terminal/cells.ts'
import { coloursIf, type OutputStream } from '../terminal/colour.ts'
import { LiveTable } from '../terminal/live-table.ts'
import type { SharedOutput } from '../terminal/output.ts'
import type { Screen } from '../terminal/screen.ts'
import { TextTable, tableColumns } from '../terminal/table.ts'
import { type Delivery, defineSink, type Sink, type SinkState, type SinkType } from './sink.ts'

type Options = { readonly format: 'table' | 'ndjson'; readonly rows: number }

export const consoleSink: SinkType = defineSink<Options>({
  name: 'console',
  summary: 'Shows rows on the terminal: live tables, or lines where the output is no terminal.',
  writes: 'append',
  options: z.strictObject({
    format: z.enum(['table', 'ndjson']).prefault('table'),
    rows: z.int().min(1).max(1000).prefault(10),
  }),
  async open({ format, rows }, { from, fields, output, clock }) {
    const { stream, screen } = output
    if (format === 'ndjson') return new LinesSink(stream, ndjsonEncoder(fields))
    if (screen === undefined) return new AppendedTable(output, from, fields)
    const colours = coloursIf(stream.hasColors?.() === true)
    return new LiveSink(screen, new LiveTable(from, fields, rows, colours), clock)
  },
})

class LiveSink implements Sink {
  readonly #screen: Screen
  readonly #table: LiveTable
  readonly #clock: Clock

  constructor(screen: Screen, table: LiveTable, clock: Clock) {
    this.#screen = screen
    this.#table = table
    this.#clock = clock
    screen.open(table)
  }

  async write({ rows }: Delivery): Promise<undefined> {
    if (rows.count === 0) return
    this.#table.add(rows)
    this.#screen.changed(this.#clock)
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#screen.close(this.#table)
  }
}

class LinesSink implements Sink {
  readonly #stream: OutputStream
  readonly #encoder: Encoder

  constructor(stream: OutputStream, encoder: Encoder) {
    this.#stream = stream
    this.#encoder = encoder
  }

  async write({ rows }: Delivery): Promise<undefined> {
    // A copy, because the stream may hold it longer than the encoder's bytes are valid.
    if (rows.count > 0) await writeAll(this.#stream, this.#encoder.encode(rows, 0, rows.count).slice())
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class AppendedTable implements Sink {
  readonly #output: SharedOutput
  readonly #title: string
  readonly #fields: readonly Field[]
  readonly #table: TextTable

  constructor(output: SharedOutput, title: string, fields: readonly Field[]) {
    this.#output = output
    this.#title = title
    this.#fields = fields
    this.#table = new TextTable(tableColumns(fields))
  }

  async write({ rows }: Delivery): Promise<undefined> {
    if (rows.count === 0) return
    const cells = cellsOf(this.#fields, rows, 'short')
    this.#table.widen(cells)
    const line = this.#table.writer()
    const lines = cells.map(line)
    const turn = this.#output.turnTo(this)
    if (turn !== 'same') lines.unshift(`== ${this.#title}`, line(this.#table.names()))
    if (turn === 'other') lines.unshift('')
    await writeAll(this.#output.stream, lines.map((text) => `${text}\n`).join(''))
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Waits while the reader of the stream is slower. */
async function writeAll(stream: OutputStream, data: string | Uint8Array): Promise<void> {
  if (!stream.write(data)) await once(stream, 'drain')
}
