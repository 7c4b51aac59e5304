/**
 * Makes Parquet of a file that has grown: `[["path","STRING"], …]` in the first line, then a row as JSON in each line. The line of columns
 * says what the rows are, whatever the query has become since.
 */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../../base/assert.ts'
import { openJson } from '../../format/json/json.ts'
import { type ParquetCompression, ParquetRows } from '../../format/parquet/write/writer.ts'
import type { Records } from '../../record/column.ts'
import { makeRecords, splitLines } from '../../record/lines-split.ts'
import { sliceRecords } from '../../record/records.ts'
import type { Field } from '../../record/type.ts'
import { typeOfText } from '../../record/type-text.ts'

export type ParquetForm = {
  readonly compression: ParquetCompression
  /** Rows of a row group. */
  readonly rowGroup: number
}

/** Bytes of JSON of which a row group is made, at most: its values are in memory until it is written. */
const MOST_GROUP_BYTES = 64 << 20
const NEWLINE = 10

/** The bytes of the Parquet file, a row group at a time. */
export async function* parquetOf(grown: AsyncIterable<Uint8Array>, form: ParquetForm): AsyncGenerator<Uint8Array> {
  let open: OpenPack | undefined
  const lines = makeRecords(1024)
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of grown) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (open === undefined) {
      const end = bytes.indexOf(NEWLINE)
      if (end < 0) {
        rest = bytes
        continue
      }
      open = new OpenPack(fieldsIn(bytes.subarray(0, end)), form)
      bytes = bytes.subarray(end + 1)
    }
    const end = splitLines(bytes, 0, bytes.length, lines)
    rest = bytes.subarray(end)
    yield* open.add(lines)
  }
  assert(open !== undefined && rest.length === 0, 'a file that has grown is whole lines')
  yield await open.end()
}

/** The columns in the first line. */
function fieldsIn(line: Uint8Array): readonly Field[] {
  const written = JSON.parse(Buffer.from(line).toString()) as readonly (readonly [name: string, type: string])[]
  return written.map(([name, text]) => {
    const named = typeOfText(text)
    assert('type' in named, `${text} is a type`)
    return { name, type: named.type }
  })
}

class OpenPack {
  readonly #form: ParquetForm
  readonly #rows: ParquetRows
  readonly #decode: ReturnType<ReturnType<typeof openJson>['decoder']>
  #bytes = 0

  constructor(fields: readonly Field[], form: ParquetForm) {
    this.#form = form
    this.#rows = new ParquetRows(fields, form.compression)
    this.#decode = openJson(fields.map((field) => ({ field }))).decoder(fields.map((_, column) => column))
  }

  async *add(lines: Records): AsyncGenerator<Uint8Array> {
    for (let from = 0, to = 0; from < lines.count; from = to) {
      to = Math.min(lines.count, from + this.#form.rowGroup - this.#rows.rows)
      const rejects = {
        add: (_: number, __: number, reason: string) => assert(false, `a row is read again: ${reason}`),
      }
      this.#rows.add(this.#decode(sliceRecords(lines, from, to), rejects))
      this.#bytes += (lines.end[to - 1] as number) - (lines.start[from] as number)
      if (this.#rows.rows < this.#form.rowGroup && this.#bytes < MOST_GROUP_BYTES) continue
      yield await this.#rows.endGroup(setImmediate)
      this.#bytes = 0
    }
  }

  end(): Promise<Uint8Array> {
    return this.#rows.end(setImmediate)
  }
}
