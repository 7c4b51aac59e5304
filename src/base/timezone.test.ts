import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timestampText } from './calendar.ts'
import { findZone, zoneRules } from './timezone.ts'

const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'UTC',
  'Africa/Casablanca',
)
const instant = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2060, 0, 1) })

test('offsets agree with Intl at any instant', () => {
  fc.assert(
    fc.property(zone, instant, (timeZone, ms) => {
      const shown = new Date(ms).toLocaleString('sv-SE', { timeZone })
      expect(timestampText(zoneRules(timeZone).toWall(ms), ' ').slice(0, 19)).toBe(shown)
    }),
    { numRuns: 300 },
  )
})

test('a wall clock gives its instant again, or the first of two', () => {
  fc.assert(
    fc.property(zone, instant, (timeZone, ms) => {
      const wall = zoneRules(timeZone).toWall(ms)
      const back = zoneRules(timeZone).toInstant(wall)
      expect(zoneRules(timeZone).toWall(back)).toBe(wall)
      expect(back).toBeLessThanOrEqual(ms)
    }),
    { numRuns: 300 },
  )
})

test('Berlin skips 02:30 in March 2024 and shows 02:30 twice in October', () => {
  const instantOf = (text: string) =>
    new Date(zoneRules('Europe/Berlin').toInstant(Date.parse(`${text}Z`))).toISOString()
  expect(instantOf('2024-03-31T01:59:59.999')).toBe('2024-03-31T00:59:59.999Z')
  expect(instantOf('2024-03-31T02:30:00.000')).toBe('2024-03-31T01:30:00.000Z')
  expect(instantOf('2024-03-31T03:00:00.000')).toBe('2024-03-31T01:00:00.000Z')
  expect(instantOf('2024-10-27T02:30:00.000')).toBe('2024-10-27T00:30:00.000Z')
  expect(instantOf('2024-10-27T03:00:00.000')).toBe('2024-10-27T02:00:00.000Z')
})

test('offsets are zones; an unknown zone is an error', () => {
  expect(zoneRules('+02:30').offsetAt(0)).toBe(9_000_000)
  expect(zoneRules('GMT-8').offsetAt(0)).toBe(-28_800_000)
  expect(findZone('Mars/Olympus')).toBeUndefined()
  expect(() => zoneRules('Mars/Olympus')).toThrow("there is no time zone 'Mars/Olympus'")
})
