/** What came out of a run: the rows of a topic and its dead letters, as a test compares them. */

import type { Bus, TopicReader } from '../bus/bus.ts'
import { readOffsets } from '../bus/fetched.ts'
import { encodeRows } from '../format/write/encode-rows.ts'
import { makeEncoder } from '../format/write/encoders.ts'
import { type CheckedTopic, deadOf } from '../pipeline/checked.ts'
import type { CellText } from '../pipeline/expect/cell.ts'
import { cellOf } from '../pipeline/expect/cell.ts'
import { LETTER_COLUMNS } from '../pipeline/expect/checked-test.ts'
import { fromPlain, type Json, parseExactly } from '../pipeline/expect/json.ts'
import { recordText } from '../record/records.ts'
import { isLate, type PlacedLetter, readLetters, reasonOf, rowsIn } from '../topic/letter.ts'
import { readTexts } from '../topic/read-texts.ts'

/** The values of a row by the names of its columns. */
export type CameRow = ReadonlyMap<string, CellText>

/**
 * The rows of a topic, one partition after the other. `isResult`: they are those of a query; else its format decodes them, and
 * what it refuses is passed over. `isChanging`: of an answer that changes, the rows that are left, in the order in which their keys
 * came.
 */
export async function rowsOf(
  bus: Bus,
  topic: CheckedTopic,
  { isResult, isChanging, zone }: { readonly isResult: boolean; readonly isChanging: boolean; readonly zone: string },
): Promise<readonly CameRow[]> {
  const reader = await bus.topic(topic.topic, topic.partitions, topic.settings)
  const rows: CameRow[] = []
  const add = (text: string) => {
    const row = parseExactly(text) as { readonly [column: string]: Json }
    rows.push(new Map(topic.fields.map(({ name, type }) => [name, cellOf(row[name] ?? null, type, zone)])))
  }
  if (isChanging) {
    for (const text of await leftOf(reader)) add(text)
    return rows
  }
  if (isResult) {
    for await (const { text } of readTexts(reader)) add(text)
    return rows
  }
  const decode = topic.format.decoder(topic.fields.map((_, column) => column))
  const encoder = makeEncoder('ndjson', topic.fields)
  for (let partition = 0; partition < topic.partitions; partition++) {
    for await (const fetched of readOffsets(reader, partition, {})) {
      const batch = decode(fetched, partition, { add() {} })
      const texts = encodeRows(encoder, batch, 0, batch.count)
      for (let row = 0; row < texts.count; row++) add(recordText(texts, row))
    }
  }
  return rows
}

/** The last value of each key, without those that are NULL. */
async function leftOf(reader: TopicReader): Promise<Iterable<string>> {
  const left = new Map<string, string>()
  for (let partition = 0; partition < reader.partitions; partition++) {
    for await (const { values, keys, nulls } of readOffsets(reader, partition, {})) {
      for (let record = 0; record < values.count; record++) {
        const key = keys === undefined ? '' : recordText(keys, record)
        if (nulls?.[record] === 1) left.delete(key)
        else left.set(key, recordText(values, record))
      }
    }
  }
  return left.values()
}

export type CameLetters = {
  /** Those that are not of late rows. */
  readonly letters: readonly CameRow[]
  /** The number of late rows by query. */
  readonly late: ReadonlyMap<string, number>
  /** Whether a record was from the future. */
  readonly hasFuture: boolean
}

/** The dead letters of a topic. */
export async function lettersOf(bus: Bus, topic: CheckedTopic): Promise<CameLetters> {
  const reader = await bus.topic(deadOf(topic), topic.partitions)
  const letters: CameRow[] = []
  const late = new Map<string, number>()
  let hasFuture = false
  for await (const placed of readLetters(reader)) {
    const { letter } = placed
    if (isLate(letter)) {
      const query = letter.query ?? ''
      late.set(query, (late.get(query) ?? 0) + rowsIn(letter))
      continue
    }
    hasFuture ||= letter.kind === 'future'
    letters.push(rowOf(placed))
  }
  return { letters, late, hasFuture }
}

function rowOf({ letter, partition }: PlacedLetter): CameRow {
  const all: { readonly [key: string]: unknown } = { ...letter, partition, reason: reasonOf(letter) }
  return new Map(LETTER_COLUMNS.map((column) => [column, cellOf(fromPlain(all[column]), undefined, 'UTC')]))
}
