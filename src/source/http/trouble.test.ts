import { expect, test } from 'vitest'
import { linesOf, runSource } from '../../../test/contract/source.ts'
import type { Failure } from '../../base/failure.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { seededRandom } from '../../base/random.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { http } from './http.ts'
import { pollTimes, startTestPopulation } from './population.test-tool.ts'

// Promise http-faults: Whatever faults a server that is polled has, each of its answers is in the topic once, and with `records` or `expect` no fault is.
test('faults of a server: each version once, nothing of a fault, and each is said with its reason', async () => {
  const { url, population, fail, served } = await startTestPopulation({ every: 2 })
  const options = { url: `${url}/population`, records: '$.data[*]', timeout: '200ms' }
  const faults = ['500', '503', '429', 'slow', 'cut', 'reset', 'schema', 'type', 'empty'] as const
  const rows = population.rows().map((row) => JSON.stringify(row))
  let place: Parameters<typeof pollTimes>[2]
  for (const fault of faults) {
    fail(fault)
    const { all, reach } = await pollTimes(4, options, place)
    const said = {
      500: `${url}/population answers 500 Internal Server Error: {"error":"fault 500"}`,
      503: `${url}/population answers 503 Service Unavailable: {"error":"fault 503"}`,
      429: `${url}/population answers 429 Too Many Requests: {"error":"slow down"}`,
      slow: `cannot reach ${url}: no answer in time`,
      cut: `cannot reach ${url}: the connection broke`,
      reset: `cannot reach ${url}: the connection broke`,
      schema: expect.stringMatching(/^\S+\/population answers without \$\.data\[\*\]: \{"rows":\[\{"ID Nation"/),
      type: `${url}/population answers what is no JSON: <html><body>Be right back</body></html>`,
      empty: `${url}/population answers nothing`,
    }[fault]
    expect(reach).toEqual([said, undefined, undefined, undefined])
    rows.push(...linesOf(all))
    place = { place: all.at(-1)?.place ?? place?.place }
  }
  expect(served()).toMatchObject({ answers: 27, faults: 9, version: 13 })
  const delivered = rows.slice(10)
  const counts = new Map<string, number>()
  for (const row of delivered) counts.set(row, (counts.get(row) ?? 0) + 1)
  // The last version has been served once or not at all; of the others each change is there.
  for (const change of population.changes().slice(0, -1)) expect(counts.has(JSON.stringify(change))).toBe(true)
  expect(JSON.stringify(place).length).toBeLessThan(600)
})

test('without `records`, what a server answers with success is a record, whatever it is: its format decides', async () => {
  const { url, fail } = await startTestPopulation()
  fail('type', 'empty')
  const { all } = await pollTimes(3, { url: `${url}/population` })
  expect(linesOf(all)).toEqual(['<html><body>Be right back</body></html>', expect.stringMatching(/^\{"data"/)])
})

test('an answer without what `expect` names is a fault, and the one before is not there twice', async () => {
  const { url, fail } = await startTestPopulation()
  const options = { url: `${url}/population`, expect: '$.data[0].Population' }
  const first = await pollTimes(1, options)
  fail('schema', 'type')
  const { all, reach } = await pollTimes(3, options, { place: first.all[0]?.place })
  expect(linesOf(all)).toEqual([])
  expect(reach).toEqual([
    expect.stringMatching(/^\S+ answers without \$\.data\[0\]\.Population: \{"rows"/),
    expect.stringContaining('answers what is no JSON'),
    undefined,
  ])
})

test('pauses grow and are drawn at random; Retry-After is the least; after a success all begins anew', async () => {
  const { url, fail } = await startTestPopulation({ retryAfter: '90' })
  const halves = { next: () => 0.5, below: () => 0 }
  fail('500', '500', '500', '429', '500', '500', '500', '500', '500')
  const clock = jumpingClock()
  await pollTimes(10, { url: `${url}/population` }, { random: halves, clock })
  // The fourth is 90 s and 4 s, slept in pieces of a minute at most.
  expect(clock.slept).toEqual([500, 1000, 2000, 60_000, 34_000, 8000, 16_000, 30_000, 30_000, 30_000])
  fail('500')
  const again = jumpingClock()
  await pollTimes(3, { url: `${url}/population` }, { random: halves, clock: again })
  // A poll that comes late does not shift the grid.
  expect(again.slept).toEqual([500, 500])
})

test('what will not heal by itself is tried slowly, and said with what to do', async () => {
  const { url, fail } = await startTestPopulation()
  fail('401', '401', '401', '401', '401', '401')
  const clock = jumpingClock()
  const { failures } = await pollTimes(7, { url: `${url}/population` }, { clock, random: seededRandom(7) })
  expect(failures[0]).toMatchObject({ code: 'denied', hint: 'it wants another `auth`', retryable: false })
  expect(failures[6]).toBeUndefined()
  const pauses = clock.slept.reduce((sum, ms) => sum + ms, 0)
  expect(pauses).toBeGreaterThan(15 * 60_000)
  expect(pauses).toBeLessThan(60 * 60_000)
})

test('a poll that takes longer than its interval leaves out those that fall due meanwhile, and says so once', async () => {
  const clock = jumpingClock()
  const times: number[] = []
  const { url } = await startServer((_, response) => {
    times.push(clock.at)
    clock.at += 3500
    response.end('x')
  })
  const { warnings } = await pollTimes(4, { url, every: '1s' }, { clock })
  expect(times).toEqual([0, 4000, 8000, 12_000])
  expect(warnings).toEqual([
    'a poll was slow: the next 3 polls fell due meanwhile, and will be left out: is the interval too short?',
  ])
})

test('it is at rest only after a poll that succeeded', async () => {
  const { url, fail } = await startTestPopulation()
  fail('500')
  const resting: (boolean | undefined)[] = []
  const stop = new AbortController()
  const clock = jumpingClock()
  const context = { name: 'api', folder: '/', clock, place: undefined, places: [undefined], untilEnd: false }
  const source = await http.open(http.options.parse({ url: `${url}/population`, every: '1s' }), {
    ...context,
    signal: stop.signal,
    warn() {},
    unreachable() {
      resting.push(source.atRest?.())
      if (resting.length === 2) stop.abort()
    },
  })
  await using _ = source
  expect(source.describe).toBe(`http GET ${url}/population every 1s`)
  expect(source.atRest?.()).toBe(false)
  await source.run(async (__, ___, of) => {
    expect(source.atRest?.()).toBe(false)
    if (of !== undefined && 'partition' in of) of.appended(Promise.resolve())
  })
  expect(resting).toEqual([false, true])
})

test('a run to the end of the input tries five times what may pass, and once what will not', async () => {
  const { url, fail, served } = await startTestPopulation()
  const poll = async () => {
    const missed: Failure[] = []
    const options = { url: `${url}/population`, every: '1h' }
    const run = runSource(http, options, { missed, clock: jumpingClock() })
    await expect(run)
      .rejects.toMatchObject({ name: 'Failure' })
      .catch(() => undefined)
    return { missed: missed.map(({ message }) => message), all: await run.catch(() => undefined) }
  }
  fail('500', '500', '500', '500')
  expect((await poll()).all).toHaveLength(1)
  fail('500', '500', '500', '500', '500')
  expect(await poll()).toMatchObject({ missed: [expect.stringMatching(/^source input: http:.* answers 500/)] })
  fail('404')
  expect(await poll()).toMatchObject({ missed: [expect.stringContaining('answers 404')] })
  expect(served().faults).toBe(10)
})

test('elements without what `records` says are left out, and it is said once', async () => {
  let asked = 0
  const { url } = await startServer((_, response) => void response.end(`[{"a":${++asked}},{"b":2},3]`))
  const { all, warnings } = await pollTimes(2, { url, records: '$[*].a' })
  expect(linesOf(all)).toEqual(['1', '2'])
  expect(warnings).toEqual([`2 elements of an answer of ${url} have nothing at $[*].a and are left out`])
})

test('an answer that is too long is refused', async () => {
  const { url } = await startServer((_, response) => void response.end('x'.repeat(2000)))
  const { all, reach } = await pollTimes(1, { url, max_body: '1KiB' })
  expect(all).toEqual([])
  expect(reach).toEqual([`an answer of ${url} is longer than 1KiB`])
})
