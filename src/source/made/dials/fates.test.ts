import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventClock } from './event-clock.ts'
import { FATE, FATE_BLOCK, type FateShares, Fates } from './fates.ts'
import { Incidents } from './incidents.ts'

const part = fc.integer({ min: 0, max: FATE_BLOCK / 4 })
const shares: fc.Arbitrary<FateShares> = fc.record({ bad: part, duplicates: part, late: part, disorder: part })

test('of each 10,000 records exactly as many have a fate as its share says', () => {
  fc.assert(
    fc.property(fc.integer(), shares, fc.nat(1e9), (seed, wanted, block) => {
      const fates = new Fates(seed, wanted, 100)
      const counts = new Array<number>(5).fill(0)
      for (let n = block * FATE_BLOCK; n < (block + 1) * FATE_BLOCK; n++) (counts[fates.of(n)] as number)++
      const { bad, duplicates, late, disorder } = wanted
      expect(counts.slice(1)).toEqual([bad, duplicates, late, disorder])
    }),
    { numRuns: 30 },
  )
})

test('a fate follows from the seed and the number, whatever was asked before', () => {
  const wanted = { bad: 500, duplicates: 500, late: 500, disorder: 500 }
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(50_000), { maxLength: 30 }), (seed, numbers) => {
      const fates = new Fates(seed, wanted, 100)
      for (const n of numbers) expect(fates.of(n)).toBe(new Fates(seed, wanted, 100).of(n))
    }),
    { numRuns: 20 },
  )
})

test('a duplicate repeats a record before it that comes, or is none', () => {
  const fates = new Fates(3, { bad: 1000, duplicates: 3000, late: 0, disorder: 1000 }, 50)
  for (let n = 0; n < 3 * FATE_BLOCK; n++) {
    if (fates.of(n) !== FATE.duplicate) continue
    const m = fates.repeatedBy(n)
    if (n > 100) expect(m).toBeLessThan(n)
    expect(m).toBeGreaterThanOrEqual(Math.max(0, n - fates.reach))
    if (m !== n) expect([FATE.sound, FATE.disordered]).toContain(fates.of(m))
  }
})

const MINUTE = 60_000
const bursts = { every: 10 * MINUTE, for: MINUTE, factor: 5 }

test('event times go on with the rate and never back, also through bursts', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 3_000_000 }),
      fc.boolean(),
      fc.nat(1e8),
      (seed, rate, hasBursts, first) => {
        const clock = new EventClock(seed, rate, hasBursts ? bursts : undefined)
        let before = Number.NEGATIVE_INFINITY
        for (let n = first; n < first + 200; n++) {
          const time = clock.timeOf(n)
          expect(Number.isSafeInteger(time)).toBe(true)
          expect(time).toBeGreaterThanOrEqual(before)
          before = time
        }
        // Within a period, bursts have records come later or earlier by a period at most.
        const off = Math.abs(clock.timeOf(first) - (first * 1e6) / rate)
        expect(off).toBeLessThan(hasBursts ? bursts.every * 1000 : 1e6 / rate + 1)
      },
    ),
  )
})

test('in a burst, records are as many times as dense as between two', () => {
  const clock = new EventClock(5, 100, bursts)
  const inMinute = new Map<number, number>()
  for (let n = 0; n < 60_000; n++) {
    const minute = Math.floor(clock.timeOf(n) / (MINUTE * 1000))
    inMinute.set(minute, (inMinute.get(minute) ?? 0) + 1)
  }
  const [burst] = clock.burstsBefore(10 * MINUTE * 1000)
  const at = (burst?.from ?? 0) / (MINUTE * 1000)
  for (let minute = 0; minute < 10; minute++) {
    const count = inMinute.get(minute) as number
    const usual = 60_000 / (9 + 5)
    expect(Math.abs(count - (minute === at ? 5 : 1) * usual)).toBeLessThanOrEqual(2)
  }
})

test('there is one incident in each period, and it is found by any time in it and by no other', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(1000), fc.nat(100), (seed, k, percent) => {
      const incidents = new Incidents(seed, { every: 600_000, for: 90_000 })
      const { from, to } = incidents.at(k)
      expect(to - from).toBe(90_000_000)
      expect(from).toBeGreaterThanOrEqual(k * 600_000_000)
      expect(to).toBeLessThanOrEqual((k + 1) * 600_000_000)
      const again = new Incidents(seed, { every: 600_000, for: 90_000 })
      expect(again.during(from + percent * 899_999)).toBe(k)
      expect(again.during(from - 1)).toBe(again.at(Math.max(0, k - 1)).to === from && k > 0 ? k - 1 : -1)
      expect(again.during(to) === k).toBe(false)
    }),
  )
})
