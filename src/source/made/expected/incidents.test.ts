import { expect, test } from 'vitest'
import { generatorOptions } from '../options.ts'
import { type MadeEvent, madeEvents } from './events.ts'
import { incidentsUntil } from './incidents.ts'
import { inGroups, inWindows } from './windows.ts'

const MINUTE = 60_000

function made(options: object) {
  const read = generatorOptions.parse(options)
  const events = [...madeEvents(read)]
  const last = events.reduce((latest, { time }) => Math.max(latest, time), 0)
  const whole = incidentsUntil(last, read, {}).filter(({ to }) => to <= last)
  return { events, incidents: (what: string) => whole.filter((one) => one.what === what) }
}

/** By minute: the groups of a column. */
function byMinute(events: readonly MadeEvent[], name: string) {
  const { windows } = inWindows(events, MINUTE, { partitions: 1, delay: 0 })
  return [...windows].flatMap(([start, some]) =>
    inGroups(some, [name]).map(({ key, events: group }) => ({ start, whom: key[name], group })),
  )
}

const shareOf = (group: readonly MadeEvent[], name: string, wanted: readonly string[]) =>
  group.filter(({ values }) => wanted.includes(String(values[name]))).length / group.length

test('a source that tries many ports in a minute is a scanner at the time of its scan, and every scan is seen', () => {
  const { events, incidents } = made({ like: 'ip-logs', count: 60_000, event_rate: '60/s', seed: 3 })
  const many = byMinute(events, 'source_ip').filter(
    ({ group }) => new Set(group.map(({ values }) => values.port)).size > 40,
  )
  const scans = incidents('port scan')
  expect(scans.length).toBe(2)
  expect(many.map(({ start, whom }) => [start, whom])).toEqual(scans.map(({ from, whom }) => [from, whom]))
})

test('a source that is denied mostly is in a denial or a scan, and every denial is seen in each of its minutes', () => {
  const { events, incidents } = made({ like: 'ip-logs', count: 90_000, event_rate: '60/s', seed: 4 })
  const denied = byMinute(events, 'source_ip').filter(
    ({ group }) => group.length >= 30 && shareOf(group, 'action', ['DENY', 'DROP']) > 0.5,
  )
  const expected = [...incidents('denied'), ...incidents('port scan')].flatMap(({ whom, from, to }) =>
    Array.from({ length: (to - from) / MINUTE }, (_, minute) => `${from + minute * MINUTE} ${whom}`),
  )
  expect(incidents('denied').length).toBeGreaterThan(0)
  expect(denied.map(({ start, whom }) => `${start} ${whom}`).sort()).toEqual(expected.sort())
})

test('payments fail mostly in an outage of their method or country, and nowhere else', () => {
  const { events, incidents } = made({ like: 'payments', count: 80_000, event_rate: '10/s', seed: 5 })
  const found = ['payment_method', 'country'].flatMap((name) =>
    byMinute(events, name).filter(({ group }) => group.length >= 50 && shareOf(group, 'status', ['failed']) > 0.65),
  )
  const outages = incidents('outage')
  expect(outages).toHaveLength(5)
  for (const { start, whom } of found) {
    expect(outages.some((one) => one.whom === whom && one.from <= start && start < one.to)).toBe(true)
  }
  // Few pay by the last country's money: in those minutes there are not enough payments to say so.
  expect(new Set(found.map(({ whom }) => whom)).size).toBeGreaterThanOrEqual(3)
})

test('in a burst, a country has many times its usual payments', () => {
  const bursts = { every: '1h', for: '5m', factor: 5 }
  const { events, incidents } = made({ like: 'payments', count: 40_000, event_rate: '10/s', seed: 6, bursts })
  const [burst] = incidents('burst')
  const of = byMinute(events, 'country').filter(({ whom }) => whom === burst?.whom)
  const inBurst = of.filter(({ start }) => start >= (burst?.from ?? 0) && start < (burst?.to ?? 0))
  const outside = of.filter((one) => !inBurst.includes(one)).map(({ group }) => group.length)
  expect(inBurst).toHaveLength(5)
  for (const { group } of inBurst) expect(group.length).toBeGreaterThan(3 * Math.max(...outside))
})
