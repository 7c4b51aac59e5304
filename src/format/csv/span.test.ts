/** Records over several lines, as sources cut them: whichever way the bytes come, and wherever a run goes on. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkSizes, cutAll, expectSameRecords, textsOf } from '../../record/cut-all.test-tool.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import type { JoinLines } from '../../record/spans.ts'
import { csv } from './csv.ts'

const join = csv.open({ columns: { a: { type: 'STRING' } } }, undefined).spanning?.join as JoinLines

const piece = fc.constantFrom('a', ',', ',', '"', '"', '""', '\n', '\n', '\r\n', 'bb', '\0', '\0'.repeat(9), '",', ',"')
const stream = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))

// Promise csv-spans-fixed: Which lines of a CSV file are one record depends on its bytes alone: not on when they came, or where a run was killed.
test('records are the same however the bytes are cut, and from the end of each that was cut off', () => {
  fc.assert(
    fc.property(
      stream,
      chunkSizes,
      fc.integer({ min: 3, max: 40 }),
      fc.boolean(),
      (bytes, chunks, limit, hasHeader) => {
        expectSameRecords(bytes, chunks, { hasHeader, join }, { limit })
      },
    ),
    { numRuns: 3_000 },
  )
})

test('whatever quoted fields hold, a record is one record, and its header is none', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), chunkSizes, (rows, chunks) => {
      const records = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
      const bytes = Buffer.from(`\ufeff${records.join('\n')}\n`)
      expect(textsOf(cutAll(bytes, chunks, { hasHeader: false, join }))).toEqual(records)
      expect(textsOf(cutAll(bytes, chunks, { hasHeader: true, join }))).toEqual(records.slice(1))
    }),
  )
})

const form = { hasHeader: false, join }

// Promise csv-stray-quote: A stray quote in CSV swallows nothing: beyond the longest record, and at the end of the input, lines are records by themselves.
test('a quote that does not close in the longest record is of its line alone, and so it is at the end', () => {
  const stray = '1,"open\n2,b\n3,c\n4,d\n'
  expect(textsOf(cutAll(Buffer.from(stray), [1], form, { limit: 15 }))).toEqual(['1,"open', '2,b', '3,c', '4,d'])
  expect(textsOf(cutAll(Buffer.from(stray), [3], form))).toEqual(['1,"open', '2,b', '3,c', '4,d'])
  expect(textsOf(cutAll(Buffer.from(`${stray}5,"x"\n`), [3], form))).toEqual(['1,"open', '2,b', '3,c', '4,d', '5,"x"'])
  expect(textsOf(cutAll(Buffer.from('1,"a\nb"'), [3], form))).toEqual(['1,"a\nb"'])
  const cutter = new LineCutter(15, () => {}, 0, { hasHeader: false, join })
  expect(cutter.lines(cutter.add(Buffer.from('1,"open\n2,b\n'))).count).toBe(0)
  expect(cutter.position).toBe(0)
  expect(cutter.lines(cutter.add(Buffer.from('3,c\n'))).count).toBe(3)
  expect(cutter.position).toBe(16)
})
