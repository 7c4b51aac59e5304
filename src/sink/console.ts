/**
 * Shows rows on the terminal: as tables that are redrawn in place where somebody is looking, else as lines that are
 * appended. Only rows go to standard output.
 */
import { once } from 'node:events'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Encoder } from '../format/format.ts'
import { ndjsonEncoder } from '../format/write/json.ts'
import type { Field } from '../record/type.ts'
import { COLOURED, LiveTable, PLAIN } from '../terminal/live-table.ts'
import { type Screen, screenOf } from '../terminal/screen.ts'
import { cellsOf, columnWidths, tableLine } from '../terminal/table.ts'
import { type Delivery, defineSink, type Sink, type SinkContext, type SinkState, type SinkType } from './sink.ts'

type Options = { readonly format: 'table' | 'ndjson'; readonly rows: number }
type Output = SinkContext['stdout']

export const consoleSink: SinkType = defineSink<Options>({
  name: 'console',
  summary: 'Shows rows on the terminal: live tables, or lines where the output is no terminal.',
  writes: 'append',
  options: z.strictObject({
    format: z.enum(['table', 'ndjson']).prefault('table'),
    rows: z.int().min(1).max(1000).prefault(10),
  }),
  async open({ format, rows }, { from, fields, stdout, interactive, clock }) {
    if (format === 'ndjson') return new LinesSink(stdout, ndjsonEncoder(fields))
    if (!interactive) return new AppendedTable(stdout, from, fields)
    const style = (stdout as { hasColors?(): boolean }).hasColors?.() === true ? COLOURED : PLAIN
    return new LiveSink(screenOf(stdout), new LiveTable(from, fields, rows, style), clock)
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
  readonly #output: Output
  readonly #encoder: Encoder

  constructor(output: Output, encoder: Encoder) {
    this.#output = output
    this.#encoder = encoder
  }

  async write({ rows }: Delivery): Promise<undefined> {
    // The encoder uses its buffer again, and the stream may still hold it: so a copy.
    if (rows.count > 0) await writeAll(this.#output, this.#encoder.encode(rows, 0, rows.count).slice())
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Which table wrote to an output last: another one says its name before it goes on. */
const lastWriter = new WeakMap<Output, Sink>()

class AppendedTable implements Sink {
  readonly #output: Output
  readonly #title: string
  readonly #fields: readonly Field[]
  #widths: number[]

  constructor(output: Output, title: string, fields: readonly Field[]) {
    this.#output = output
    this.#title = title
    this.#fields = fields
    this.#widths = columnWidths(fields, [])
  }

  async write({ rows }: Delivery): Promise<undefined> {
    if (rows.count === 0) return
    const cells = Array.from({ length: rows.count }, (_, row) => cellsOf(this.#fields, rows, row))
    const grown = columnWidths(this.#fields, cells)
    this.#widths = this.#widths.map((width, i) => Math.max(width, grown[i] as number))
    const lines = cells.map((row) => this.#line(row))
    const before = lastWriter.get(this.#output)
    if (before !== this) {
      lastWriter.set(this.#output, this)
      const names = this.#line(this.#fields.map(({ name }) => name))
      lines.unshift(`${before === undefined ? '' : '\n'}== ${this.#title}`, names)
    }
    await writeAll(this.#output, lines.map((line) => `${line}\n`).join(''))
  }

  async flush(): Promise<SinkState> {
    return {}
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #line(cells: readonly string[]): string {
    return tableLine(this.#fields, cells, this.#widths, Number.POSITIVE_INFINITY)
  }
}

/** Waits while the reader of the output is slower. */
async function writeAll(output: Output, data: string | Uint8Array): Promise<void> {
  if (!output.write(data)) await once(output, 'drain')
}
