/** Records over several lines, as sources cut them: whichever way the bytes come, and wherever a run goes on. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Records } from '../../record/column.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { recordText } from '../../record/records.ts'
import type { JoinLines } from '../../record/spans.ts'
import { csv } from './csv.ts'

const join = csv.open({ columns: { a: { type: 'STRING' } } }, undefined).spanning?.join as JoinLines

type Cut = { readonly text: string; readonly after: number }

/** The records of a stream from `from` on, each with the position behind the records that were cut off with it. */
function cutAll(bytes: Buffer, sizes: readonly number[], { limit = 1000, from = 0, hasHeader = false } = {}): Cut[] {
  const cutter = new LineCutter(limit, () => {}, from, { hasHeader, join })
  const cuts: Cut[] = []
  const take = (records: Records) => {
    for (let i = 0; i < records.count; i++) cuts.push({ text: recordText(records, i), after: cutter.position })
  }
  for (let at = from, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number)
    take(cutter.lines(cutter.add(bytes.subarray(at, at + size))))
    // What is kept is a half line or a record, and room for NULs that are no hole yet.
    expect(cutter.kept).toBeLessThanOrEqual(limit + 8)
    at += size
  }
  take(cutter.lines(cutter.rest()))
  return cuts
}

const textsOf = (cuts: readonly Cut[]) => cuts.map(({ text }) => text)
const piece = fc.constantFrom('a', ',', ',', '"', '"', '""', '\n', '\n', '\r\n', 'bb', '\0', '\0'.repeat(9), '",', ',"')
const stream = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 })

// Promise csv-spans-fixed: Which lines of a CSV file are one record depends on its bytes alone: not on when they came, or where a run was killed.
test('records are the same however the bytes are cut, and from the end of each that was cut off', () => {
  fc.assert(
    fc.property(stream, sizes, fc.integer({ min: 3, max: 40 }), fc.boolean(), (bytes, chunks, limit, hasHeader) => {
      const whole = cutAll(bytes, [], { limit, hasHeader })
      const inPieces = cutAll(bytes, chunks, { limit, hasHeader })
      expect(textsOf(inPieces)).toEqual(textsOf(whole))
      for (const from of new Set(inPieces.map(({ after }) => after))) {
        const behind = inPieces.filter(({ after }) => after > from)
        if (from > 0) expect(textsOf(cutAll(bytes, [7], { limit, from, hasHeader }))).toEqual(textsOf(behind))
      }
    }),
    { numRuns: 3_000 },
  )
})

test('whatever quoted fields hold, a record is one record, and its header is none', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), sizes, (rows, chunks) => {
      const records = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
      const bytes = Buffer.from(`\ufeff${records.join('\n')}\n`)
      expect(textsOf(cutAll(bytes, chunks))).toEqual(records)
      expect(textsOf(cutAll(bytes, chunks, { hasHeader: true }))).toEqual(records.slice(1))
    }),
  )
})

// Promise csv-stray-quote: A stray quote in CSV swallows nothing: beyond the longest record, and at the end of the input, lines are records by themselves.
test('a quote that does not close in the longest record is of its line alone, and so it is at the end', () => {
  const stray = '1,"open\n2,b\n3,c\n4,d\n'
  expect(textsOf(cutAll(Buffer.from(stray), [1], { limit: 15 }))).toEqual(['1,"open', '2,b', '3,c', '4,d'])
  expect(textsOf(cutAll(Buffer.from(stray), [3]))).toEqual(['1,"open', '2,b', '3,c', '4,d'])
  expect(textsOf(cutAll(Buffer.from(`${stray}5,"x"\n`), [3]))).toEqual(['1,"open', '2,b', '3,c', '4,d', '5,"x"'])
  expect(textsOf(cutAll(Buffer.from('1,"a\nb"'), [3]))).toEqual(['1,"a\nb"'])
  const cutter = new LineCutter(15, () => {}, 0, { hasHeader: false, join })
  expect(cutter.lines(cutter.add(Buffer.from('1,"open\n2,b\n'))).count).toBe(0)
  expect(cutter.position).toBe(0)
  expect(cutter.lines(cutter.add(Buffer.from('3,c\n'))).count).toBe(3)
  expect(cutter.position).toBe(16)
})
