/** The least end of a window that a watermark has not closed, where clocks are moved. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TIMESTAMP_LTZ } from '../../record/type.ts'
import { WindowTime } from '../window/time.ts'
import { Pieces } from './pieces.ts'

const HOUR = 3_600_000
const content = { reserve() {}, merge() {}, reset() {} }
/** Clocks are put forward, and back, near these instants. */
const CHANGES = [
  { zone: 'Europe/Berlin', at: Date.UTC(2024, 2, 31, 1) },
  { zone: 'Europe/Berlin', at: Date.UTC(2024, 9, 27, 1) },
  { zone: 'America/New_York', at: Date.UTC(2024, 2, 10, 7) },
  { zone: 'Australia/Lord_Howe', at: Date.UTC(2024, 3, 6, 15) },
  { zone: 'Asia/Kolkata', at: 0 },
]

test('an end is open from the first on that the watermark does not close, also where a clock is moved', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHANGES), fc.integer({ min: -3 * HOUR, max: 3 * HOUR }), ({ zone, at }, off) => {
      const time = new WindowTime({ kind: 'tumble', size: 60_000, offset: 0 }, TIMESTAMP_LTZ, zone)
      const least = new Pieces(time, content).leastOpen(at + off)
      expect(time.closing(least)).toBeGreaterThan(at + off)
      expect(time.closing(least - 1)).toBeLessThanOrEqual(at + off)
    }),
    { numRuns: 300 },
  )
})
