/**
 * `/api/v1/queries/{query}/rows.csv` and `rows.ndjson`: all rows of a span as a file, each key once, as it is now. A file has
 * what the sinks of these kinds write: in CSV, a text that begins with `=` stays as it is.
 */
import type { TopicReader } from '../../../bus/bus.ts'
import { readOffsets } from '../../../bus/fetched.ts'
import type { Encoder } from '../../../format/format.ts'
import { type EncoderName, makeEncoder } from '../../../format/write/encoders.ts'
import { recordsOf } from '../../../record/records.ts'
import { RequestError } from '../../../source/request-error.ts'
import { type PlacedRow, placedRowsOf } from '../../../topic/placed-rows.ts'
import { type SpanWish, spanQuery, spanTestOf } from '../../result-rows.ts'
import { asContent, defineRoute, type Route } from '../route.ts'
import { queryName } from './list.ts'
import { type ResultOfQuery, resultOfQuery } from './rows.ts'

/** Keys are held in memory, to know the last row of each. */
const MOST_KEY_BYTES = 64 << 20
const KEY_BYTES = 100

type FileForm = { readonly form: EncoderName; readonly ending: string; readonly type: string }

const CSV: FileForm = { form: 'csv', ending: 'csv', type: 'text/csv' }
const NDJSON: FileForm = { form: 'ndjson', ending: 'ndjson', type: 'application/x-ndjson' }

const download = (file: FileForm, what: string): Route =>
  defineRoute<{ readonly query: string }, SpanWish, unknown, unknown>({
    method: 'GET',
    path: `/api/v1/queries/{query}/rows.${file.ending}`,
    summary: `The rows of a query, or of a span of it, as ${what}.`,
    params: queryName,
    query: spanQuery,
    answer: asContent(file.type),
    async handle({ params, query, signal }, { run }) {
      const result = resultOfQuery(params.query, run)
      const isWanted = spanTestOf(result, query) ?? (() => true)
      const last = await lastOfKeys(result.topic, isWanted, signal)
      const isLast = ({ key, partition, offset }: PlacedRow) =>
        key === undefined || last.get(key) === placeOf(partition, offset)
      const wanted = (row: PlacedRow) => row.row !== undefined && isWanted(row) && isLast(row)
      return { type: file.type, fileName: `${params.query}.${file.ending}`, body: fileOf(result, file, wanted, signal) }
    },
  })

export const rowsAsCsv: Route = download(CSV, 'CSV with a header')
export const rowsAsNdjson: Route = download(NDJSON, 'JSON, a row on each line')

/** A partition and an offset as one number. */
const placeOf = (partition: number, offset: number): number => offset * 65_536 + partition

/** By key, the place of its last row. Throws a RequestError where there are more keys than memory for them. */
async function lastOfKeys(
  topic: TopicReader,
  isWanted: (row: PlacedRow) => boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>()
  let bytes = 0
  for await (const rows of allRows(topic, signal)) {
    for (const row of rows) {
      const { key, partition, offset } = row
      if (key === undefined || !isWanted(row)) continue
      if (!last.has(key)) bytes += key.length + KEY_BYTES
      if (bytes > MOST_KEY_BYTES) {
        throw new RequestError(413, 'there are too many rows for one file: ask for a span, by since and until')
      }
      last.set(key, placeOf(partition, offset))
    }
  }
  return last
}

async function* allRows(topic: TopicReader, signal: AbortSignal): AsyncGenerator<readonly PlacedRow[]> {
  for (let partition = 0; partition < topic.partitions; partition++) {
    for await (const fetched of readOffsets(topic, partition, { maxBytes: 256 << 10 })) {
      if (signal.aborted) return
      yield placedRowsOf(fetched, partition)
      fetched.values.lease?.release()
      await new Promise(setImmediate)
    }
  }
}

async function* fileOf(
  { topic, checked, fields }: ResultOfQuery,
  { form }: FileForm,
  isWanted: (row: PlacedRow) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder: Encoder = makeEncoder(form, fields)
  if (encoder.head !== undefined) yield encoder.head
  const decode = checked.format.decoder(fields.map((_, column) => column))
  for await (const rows of allRows(topic, signal)) {
    const wanted = rows.filter(isWanted)
    if (wanted.length === 0) continue
    const values = recordsOf(wanted.map(({ row = '' }) => row))
    const timestamps = Float64Array.from(wanted, ({ arrived }) => arrived)
    const batch = decode({ baseOffset: 0, values, keys: undefined, timestamps }, 0, { add() {} })
    yield Buffer.from(encoder.encode(batch, 0, batch.count))
  }
}
