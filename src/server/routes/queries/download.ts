/**
 * `/api/v1/queries/{query}/rows.csv` and `rows.ndjson`: all rows of a span as a file, each key once, as it is now. A file has
 * what the sinks of these kinds write: in CSV, a text that begins with `=` stays as it is.
 */
import type { TopicReader } from '../../../bus/bus.ts'
import { readOffsets } from '../../../bus/fetched.ts'
import { RequestError } from '../../../source/request-error.ts'
import { type PlacedRow, placedRowsOf } from '../../../topic/placed-rows.ts'
import { type SpanWish, spanQuery, spanTestOf } from '../../result-rows.ts'
import { openRowFile, ROW_FILES, type RowFileForm } from '../../row-file.ts'
import { asContent, defineRoute, type Route } from '../route.ts'
import { queryName } from './list.ts'
import { type ResultOfQuery, resultOfQuery } from './rows.ts'

/** Keys are held in memory, to know the last row of each. */
const MOST_KEY_BYTES = 64 << 20
const KEY_BYTES = 100

const download = (form: RowFileForm): Route =>
  defineRoute<{ readonly query: string }, SpanWish, unknown, unknown>({
    method: 'GET',
    path: `/api/v1/queries/{query}/rows.${form}`,
    summary: `The rows of a query, or of a span of it, ${ROW_FILES[form].words}.`,
    params: queryName,
    query: spanQuery,
    answer: asContent(ROW_FILES[form].type),
    async handle({ params, query, signal }, { run }) {
      const result = resultOfQuery(params.query, run)
      const isWanted = spanTestOf(result, query) ?? (() => true)
      const last = await lastOfKeys(result.topic, isWanted, signal)
      const isLast = ({ key, partition, offset }: PlacedRow) =>
        key === undefined || last.get(key) === placeOf(partition, offset)
      const wanted = (row: PlacedRow) => row.row !== undefined && isWanted(row) && isLast(row)
      const body = fileOf(result, form, wanted, signal)
      return { type: ROW_FILES[form].type, fileName: `${params.query}.${form}`, body }
    },
  })

export const rowsAsCsv: Route = download('csv')
export const rowsAsNdjson: Route = download('ndjson')

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
  { topic, checked }: ResultOfQuery,
  form: RowFileForm,
  isWanted: (row: PlacedRow) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = openRowFile(checked, form)
  if (file.head !== undefined) yield file.head
  for await (const rows of allRows(topic, signal)) {
    const wanted = rows.filter(isWanted)
    if (wanted.length > 0) yield file.piece(wanted.map(({ row = '' }) => row))
  }
  if (file.tail !== undefined) yield file.tail
}
