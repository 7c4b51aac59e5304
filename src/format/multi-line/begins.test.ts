/** Records that begin where a pattern says so, as sources cut them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Records } from '../../record/column.ts'
import { chunkSizes, cutAll, expectSameRecords, textsOf } from '../../record/cut-all.test-tool.ts'
import { LineCutter } from '../../record/line-cutter.ts'
import { joinToBeginnings } from './begins.ts'

const atDigit = ({ bytes, start, end }: Records, line: number) =>
  start[line] !== end[line] && ((bytes[start[line] as number] as number) - 48) >>> 0 <= 9
const form = (most = 100) => ({ hasHeader: false, join: joinToBeginnings(atDigit, most) })
const recordsOf = (text: string, most?: number, limit?: number) =>
  textsOf(cutAll(Buffer.from(text), [5], form(most), limit === undefined ? {} : { limit }))

test('a stack trace belongs to the message before it', () => {
  const trace = '1 ERROR it broke\njava.lang.Error: x\n\tat a.b(C.java:1)\n\nCaused by: y'
  expect(recordsOf(`${trace}\n2 INFO fine\n3 INFO fine\n\tmore`)).toEqual([trace, '2 INFO fine', '3 INFO fine\n\tmore'])
  expect(recordsOf('\tat the end of one\nof before\n1 x\n')).toEqual(['\tat the end of one\nof before', '1 x'])
  expect(recordsOf('1 x\r\n y\r\n2\r\n')).toEqual(['1 x\r\n y\r', '2\r'])
})

test('beyond the most lines, and beyond the longest line, the lines that follow are a record of their own', () => {
  expect(recordsOf('1\na\nb\nc\nd\n2\n', 3)).toEqual(['1\na\nb', 'c\nd', '2'])
  expect(recordsOf('1 aaa\nbbb\nccc\nddd\n2\n', 100, 10)).toEqual(['1 aaa\nbbb', 'ccc\nddd', '2'])
  // A line that was too long is left out, and ends its record.
  expect(recordsOf(`1 a\n${'b'.repeat(20)}\nc\n2\n`, 100, 10)).toEqual(['1 a', 'c', '2'])
})

test('a record that has not ended is given out once its source says so', () => {
  const cutter = new LineCutter(1000, () => {}, 0, form())
  expect(cutter.lines(cutter.add(Buffer.from('1 a\n b\n c'))).count).toBe(0)
  expect(cutter.holdsLines).toBe(true)
  expect(cutter.lines(cutter.wholeRest()).count).toBe(1)
  expect(cutter.position).toBe(7)
  expect(cutter.holdsLines).toBe(false)
  expect(cutter.lines(cutter.add(Buffer.from('\n2\n'))).count).toBe(1)
  expect(cutter.position).toBe(10)
})

// Promise multi-line-fixed: Which lines are one record where a pattern begins one depends on the lines alone while they keep coming: not on how they were cut, or where a run was killed.
test('records are the same however the bytes are cut, and from the end of each that was cut off', () => {
  const piece = fc.constantFrom('1', '2 x', 'a', '\t', '\n', '\n', '\n', '\r\n', '\0', '\0'.repeat(9), 'long line')
  const stream = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))
  fc.assert(
    fc.property(
      stream,
      chunkSizes,
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (bytes, chunks, limit, most) => {
        expectSameRecords(bytes, chunks, form(most), { limit })
      },
    ),
    { numRuns: 3_000 },
  )
})
