/**
 * The columns that a topic adds to those of its format. A law over every cut: METADATA says of each row where its own record
 * is, however the records were divided and whichever of them are rows.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Header, headerBytes } from '../bus/batch/headers.test-tool.ts'
import { metadata, metadataOf } from '../bus/metadata.ts'
import { formatNamed, formats } from '../format/all.ts'
import type { KeptRecords } from '../format/format.ts'
import { openJson } from '../format/json/json.ts'
import { openFormat } from '../format/open.ts'
import { type Column, type Value, valueAt } from '../record/column.ts'
import { recordsOf } from '../record/records.ts'
import { BIGINT, STRING } from '../record/type.ts'
import { parseComputed } from '../sql/bind/topic-column.ts'
import { type AddedColumn, openTopicFormat } from './topic-format.ts'

await formats.loadAll()

const field = (name: string, type: typeof STRING) => ({ field: { name, type } })
const json = openJson([field('n', BIGINT), field('text', STRING)])

const known = [...metadata, ...[metadataOf('headers.trace')].filter((one) => one !== undefined)]
const meta: readonly AddedColumn[] = known.map((one) => ({ kind: 'metadata', name: `m_${one.key}`, metadata: one }))
const fields = [...json.fields, ...meta.map((column) => ({ name: column.name, type: STRING }))]
const computed = (name: string, written: string): AddedColumn => {
  const { expression } = parseComputed(written, openTopicFormat(json, meta, '').fields, { timezone: 'UTC', now: 0 })
  return { kind: 'computed', name, expression, written }
}
const added = [...meta, computed('number', 'CAST(text AS INT)'), computed('place', 'm_offset * 10 + m_partition')]
const format = openTopicFormat(json, added, 'the.topic')

type Given = {
  readonly text: string | undefined
  readonly key: string
  readonly time: number
  readonly headers: readonly Header[]
}
type Decoded = { readonly rows: { readonly [name: string]: Value }[]; readonly rejects: string[] }

const BASE = 1000
const PARTITION = 2

/** Records as they are in a batch: with their headers behind them. */
function keptOf(given: readonly Given[], from: number): KeptRecords {
  const texts = given.map(({ text }, i) =>
    Buffer.from(text === undefined ? 'no json' : JSON.stringify({ n: from + i, text })),
  )
  const whole = recordsOf(given.map(({ headers }, i) => Buffer.concat([texts[i] as Buffer, headerBytes(headers)])))
  const end = whole.start.map((start, i) => start + (texts[i] as Buffer).length)
  return {
    baseOffset: BASE + from,
    values: { ...whole, end },
    keys: given.every(({ key }) => key === '') ? undefined : recordsOf(given.map(({ key }) => key)),
    hasHeaders: true,
    timestamps: Float64Array.from(given, ({ time }) => time),
  }
}

function decode(given: readonly Given[], columns: readonly number[], sizes: readonly number[]): Decoded {
  const decoder = format.decoder(columns)
  const found: Decoded = { rows: [], rejects: [] }
  for (let from = 0, turn = 0; from < given.length; turn++) {
    const to = Math.min(given.length, from + (sizes[turn % sizes.length] as number))
    const base = from
    const batch = decoder(keptOf(given.slice(from, to), from), PARTITION, {
      add: (record, byte, reason) => found.rejects.push(`${base + record}:${byte} ${reason}`),
    })
    for (let row = 0; row < batch.count; row++) {
      const cells = columns.map((column, i) => {
        const made = batch.columns[i]
        return [format.fields[column]?.name, made && valueAt(made, row)] as const
      })
      found.rows.push(Object.fromEntries(cells))
    }
    from = to
  }
  return found
}

const givenRecords = fc.array(
  fc.record({
    text: fc.option(fc.constantFrom('1', '-20', 'x', ''), { nil: undefined }),
    key: fc.constantFrom('', 'k', '/var/log/a.log', 'b/'),
    time: fc.integer({ min: 0, max: 1e13 }),
    headers: fc.array(
      fc.record({ name: fc.constantFrom('trace', 'other'), value: fc.constantFrom('', 'v', 'w', null) }),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 30 },
)
const all = format.fields.map((_, column) => column)

test('each row has the place, arrival and key of its own record, in any cut and with any choice of columns', () => {
  fc.assert(
    fc.property(
      givenRecords,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      fc.shuffledSubarray(all),
      (given, sizes, wanted) => {
        const whole = decode(given, all, [given.length])
        expect(whole.rows.length + whole.rejects.length).toBe(given.length)
        const isRow = ({ text }: Given) => text !== undefined && !['x', ''].includes(text)
        const expected = given.flatMap((one, i) => {
          const { text, key, time, headers } = one
          if (!isRow(one)) return []
          return {
            n: BigInt(i),
            text,
            m_timestamp: time,
            m_partition: PARTITION,
            m_offset: BigInt(BASE + i),
            m_topic: 'the.topic',
            m_key: key === '' ? null : key,
            'm_file.path': key === '' ? null : key,
            'm_file.name': key === '' ? null : (key.split('/').at(-1) as string),
            'm_headers.trace': headers.findLast(({ name }) => name === 'trace')?.value ?? null,
            number: Number(text),
            place: BigInt(10 * (BASE + i) + PARTITION),
          }
        })
        expect(whole.rows).toEqual(expected)
        const names = wanted.map((column) => format.fields[column]?.name as string)
        const rows = expected.map((row) =>
          Object.fromEntries(names.map((name) => [name, row[name as keyof typeof row]])),
        )
        expect(decode(given, wanted, sizes)).toEqual({ rows, rejects: whole.rejects })
      },
    ),
  )
})

test('a record for which a computed column fails is no row, and its letter names the column', () => {
  const given = ['1', 'x', undefined].map((text) => ({ text, key: '', time: 0, headers: [] }))
  expect(decode(given, [0], [3])).toEqual({
    rows: [{ n: 0n }],
    rejects: [expect.stringMatching(/^1:0 column number: .*INT/), expect.stringMatching(/^2:/)],
  })
})

test('without added columns the batches are those of the format, and a decoder without METADATA reads no timestamps', () => {
  const plain = openTopicFormat(json, meta, 't')
  const kept = {
    ...keptOf([{ text: 'a', key: '', time: 0, headers: [] }], 0),
    get timestamps(): Float64Array {
      throw new Error('nobody wants them')
    },
  }
  expect(plain.decoder([1])(kept, 0, { add() {} }).count).toBe(1)
  expect(() => plain.decoder([fields.findIndex(({ name }) => name === 'm_timestamp')])(kept, 0, { add() {} })).toThrow()
})

// Holds syslog-year.
test('the year of a record that names none is that of its arrival, whenever it is decoded, alone and inside another', () => {
  const outer = { syslog: 'Dec 31 23:00:00 web a: x', cri: '2020-01-01T00:00:00.5Z stdout F Dec 31 23:00:00 web a: x' }
  const arrived = ['2026-12-31T23:00:01Z', '2027-01-01T00:00:01Z', '2028-06-01T00:00:00Z'].map(Date.parse)
  const formatOf = (name: 'syslog' | 'cri') => {
    const inside = name === 'cri' ? { inside: { message: { syslog: {} } } } : {}
    return openTopicFormat(openFormat({ format: formatNamed(name), options: inside }, undefined), [], 't')
  }
  for (const name of ['syslog', 'cri'] as const) {
    const format = formatOf(name)
    expect(format.readsArrival).toBe(true)
    // A record that is no row stands between them.
    const values = recordsOf([outer[name], 'no line', outer[name], outer[name]])
    const timestamps = Float64Array.from([arrived[0] as number, 0, ...arrived.slice(1)])
    const ts = format.fields.findIndex((field) => field.name === 'ts')
    const { columns, count } = format.decoder([ts])({ baseOffset: 0, values, keys: undefined, timestamps }, 0, {
      add() {},
    })
    const years = Array.from({ length: count }, (_, row) =>
      new Date(Number(valueAt(columns[0] as Column, row))).getUTCFullYear(),
    )
    expect(years).toEqual([2026, 2026, 2027])
  }
})
