/** Cuts a stream into records as sources do, for tests: whichever way the bytes come, and wherever a run goes on. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Records } from './column.ts'
import { LineCutter } from './line-cutter.ts'
import { recordText } from './records.ts'
import type { RecordForm } from './spans.ts'

/** A record, and the position behind the records that were cut off with it. */
export type Cut = { readonly text: string; readonly after: number }

/** `limit`: of a line; `keeps`: the most bytes that are kept of a record, the limit by default. */
export type CutOptions = { readonly limit?: number; readonly from?: number; readonly keeps?: number }

/** The records of a stream from `from` on, cut in chunks of these sizes in turn; all at once without any. */
export function cutAll(
  bytes: Buffer,
  sizes: readonly number[],
  form: RecordForm,
  { limit = 1000, from = 0, keeps = limit }: CutOptions = {},
): Cut[] {
  const cutter = new LineCutter(limit, () => {}, from, form)
  const cuts: Cut[] = []
  const take = (records: Records) => {
    for (let i = 0; i < records.count; i++) cuts.push({ text: recordText(records, i), after: cutter.position })
  }
  for (let at = from, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number)
    // The cutter may change its chunk.
    take(cutter.lines(cutter.add(Buffer.from(bytes.subarray(at, at + size)))))
    // What is kept is a half line or a record, and room for NULs that are no hole yet.
    expect(cutter.kept).toBeLessThanOrEqual(keeps + 8)
    at += size
  }
  take(cutter.lines(cutter.rest()))
  return cuts
}

export const textsOf = (cuts: readonly Cut[]): string[] => cuts.map(({ text }) => text)

export const chunkSizes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 20 }), {
  minLength: 1,
  maxLength: 5,
})

/** Checks that the records are the same however the bytes are cut, and from the end of each that was cut off. */
export function expectSameRecords(
  bytes: Buffer,
  chunks: readonly number[],
  form: RecordForm,
  options: CutOptions = {},
): readonly string[] {
  const whole = cutAll(bytes, [], form, options)
  const inPieces = cutAll(bytes, chunks, form, options)
  expect(textsOf(inPieces)).toEqual(textsOf(whole))
  for (const from of new Set(inPieces.map(({ after }) => after))) {
    const behind = inPieces.filter(({ after }) => after > from)
    if (from > 0) expect(textsOf(cutAll(bytes, [7], form, { ...options, from }))).toEqual(textsOf(behind))
  }
  return textsOf(whole)
}
