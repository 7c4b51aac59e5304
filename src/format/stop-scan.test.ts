import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRecords } from './lines-split.ts'
import { NO_STOP, openPlain, SCAN_BYTES, StopScanner } from './stop-scan.ts'
import { MOST_STOPS } from './stop-scan-module.ts'

const found = (scanner: StopScanner, ...range: Parameters<StopScanner['scan']>): number[] => {
  const count = scanner.scan(...range)
  expect(scanner.positions[count]).toBe(NO_STOP)
  return Array.from(scanner.positions.subarray(0, count))
}

const stops = fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: MOST_STOPS })

test('vectors find what a loop over the bytes finds', () => {
  fc.assert(
    fc.property(
      stops,
      fc.array(fc.tuple(fc.nat(255), fc.nat(70), fc.boolean()), { maxLength: 300 }),
      fc.nat(100),
      (stops, runs, from) => {
        // Runs of one byte, so that there are blocks without a stop and blocks of nothing else.
        const bytes = Uint8Array.from(
          runs.flatMap(([byte, length, isStop]) =>
            Array.from({ length }, () => (isStop ? (stops[byte % stops.length] as number) : byte)),
          ),
        )
        const range = [bytes, Math.min(from, bytes.length), bytes.length] as const
        expect(found(new StopScanner(stops), ...range)).toEqual(found(new StopScanner(stops, openPlain()), ...range))
      },
    ),
    { numRuns: 500 },
  )
})

test('as many stops as there can be, in as many bytes', () => {
  const bytes = new Uint8Array(SCAN_BYTES + 2).fill(32)
  const positions = found(new StopScanner([10, 32]), bytes, 1, SCAN_BYTES + 1)
  expect(positions).toEqual(Array.from({ length: SCAN_BYTES }, (_, i) => i + 1))
})

test('records are scanned together while they lie in order and fit', () => {
  const scanner = new StopScanner([44])
  const records = makeRecords(4)
  records.bytes = new Uint8Array(2 * SCAN_BYTES).fill(44)
  const reached = (...ranges: [number, number][]) => {
    ranges.forEach(([start, end], i) => {
      records.start[i] = start
      records.end[i] = end
    })
    const next = scanner.scanRecords(records, 0, ranges.length)
    return { next, first: scanner.positions[0] }
  }
  expect(reached([5, 9], [9, 9], [20, 25])).toEqual({ next: 3, first: 5 })
  expect(reached([5, 9], [8, 12])).toEqual({ next: 1, first: 5 })
  expect(reached([50, 60], [5, 9])).toEqual({ next: 1, first: 50 })
  expect(reached([5, 9], [SCAN_BYTES, SCAN_BYTES + 6])).toEqual({ next: 1, first: 5 })
  expect(reached([5, SCAN_BYTES + 6], [SCAN_BYTES + 7, SCAN_BYTES + 8])).toEqual({ next: 1, first: NO_STOP })
  expect(reached([5, 5])).toEqual({ next: 1, first: NO_STOP })
})
