import { expect, test } from 'vitest'
import { runSource, sourceContract, textsOf } from '../../../test/contract/source.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { generator } from './generator.ts'
import { openMadeLog } from './kinds.ts'
import { generateAccessLog } from './lines/nasa-lines.ts'
import { PRODUCT_LINE_LIMIT, productLines } from './lines/product-lines.ts'
import { generatorOptions } from './options.ts'

const linesOf = (seed: number, lines: number): string[] =>
  Buffer.concat([...generateAccessLog({ seed, lines })])
    .toString()
    .trimEnd()
    .split('\n')

function productLog(seed: number, lines: number): string[] {
  const bytes = new Uint8Array(lines * PRODUCT_LINE_LIMIT)
  const { end } = productLines(seed, 0, 1).write(bytes, lines, new Int32Array(lines))
  return Buffer.from(bytes.subarray(0, end)).toString().trimEnd().split('\n')
}

sourceContract(generator, async () => ({
  options: { lines: 20_000, seed: 9 },
  expected: linesOf(9, 20_000),
}))

sourceContract(generator, async () => ({
  options: { like: 'products', lines: 20_000, seed: 9 },
  expected: productLog(9, 20_000),
}))

/** All that turns records into others. */
const DIALS = { bad: '2%', duplicates: '2%', late: '1%', disorder: '10%', count: 20_000, seed: 9 }

/** The texts of all records, made in batches of another size than those of the source. */
function madeTexts(options: object, capacity: number): string[] {
  const read = generatorOptions.parse(options)
  const log = openMadeLog(read, { place: undefined, capacity, now: 0 })
  const texts: string[] = []
  while (log.line < (read.count ?? 0)) texts.push(...textsOf(log.make((read.count ?? 0) - log.line)))
  return texts
}

for (const like of ['nasa', 'products', 'ip-logs', 'payments']) {
  const options = { ...DIALS, like }
  sourceContract(generator, async () => ({ options, expected: madeTexts(options, 777) }))
}

const ANSWERS = { like: 'population', keys: 1, count: 20_000, bad: '2%', duplicates: '2%', seed: 9 }
sourceContract(generator, async () => ({ options: ANSWERS, expected: madeTexts(ANSWERS, 777) }))

test('at a rate of 10/s one line comes every 100 ms of the clock', async () => {
  const clock = jumpingClock()
  const all = await runSource(generator, { lines: 4, rate: '10/s' }, { clock })
  expect(all.map(({ lines }) => lines.length)).toEqual([1, 1, 1, 1])
  expect(all.flatMap(({ lines }) => lines)).toEqual(linesOf(1, 4))
  expect(clock.at).toBe(300)
})

test('busier: the same requests, closer to each other by this factor', async () => {
  const last = async (busier: number) => {
    const all = await runSource(generator, { lines: 50_000, busier })
    const [, clock] = /\[01\/Jul\/1995:(\S+)/.exec(all.at(-1)?.lines.at(-1) ?? '') ?? []
    return clock
  }
  expect([await last(100), await last(50)]).toEqual(['00:13:07', '00:26:37'])
})

test('a generator without an end refuses a run to the end, and runs until it is stopped otherwise', async () => {
  await expect(runSource(generator, {})).rejects.toMatchObject({
    code: 'pipeline',
    message: 'source input: this generator never ends, so neither would this run',
    hint: 'give it a number of records, as in { generator: { count: 200000 } }, or run without --until-end',
  })
  const stop = new AbortController()
  const all = await runSource(generator, {}, { untilEnd: false, signal: stop.signal, onDelivery: () => stop.abort() })
  expect(all).toHaveLength(1)
})

test('one that cannot keep its rate says so once a minute, and one that catches up says nothing', async () => {
  const clock = jumpingClock()
  const warnings: string[] = []
  const options = { like: 'ip-logs', count: 400_000, rate: '1000/s' }
  // The topic needs two seconds for each second's.
  const slow = ({ lines }: { readonly lines: readonly string[] }) => {
    clock.at += lines.length * 2
  }
  await runSource(generator, options, { clock, warnings, onDelivery: slow })
  expect(warnings.length).toBeGreaterThan(5)
  expect(warnings.length).toBeLessThanOrEqual(clock.at / 60_000 + 1)
  expect(warnings[0]).toMatch(/^\d+ records\/s of 1,000\/s are taken: it is \d+ s behind its rate$/)

  const again = jumpingClock()
  const none: string[] = []
  let deliveries = 0
  const heldUpOnce = () => {
    if (deliveries++ === 3) again.at += 60_000
  }
  await runSource(generator, options, { clock: again, warnings: none, onDelivery: heldUpOnce })
  expect(none).toEqual([])
})

test('a log that begins now has the times of the clock, and makes up for a stop with the very same records', async () => {
  const clock = jumpingClock()
  clock.at = Date.UTC(2026, 0, 1, 12)
  const options = { like: 'payments', start: 'now', rate: '10/s', count: 100 }
  const timesOf = (lines: readonly string[]) =>
    lines.map((line) => Date.parse((JSON.parse(line) as { readonly event_time: string }).event_time))
  const stop = new AbortController()
  const part = await runSource(generator, options, {
    clock,
    signal: stop.signal,
    onDelivery({ place }) {
      if ((place.line as number) >= 20) stop.abort()
    },
  })
  for (const { lines } of part) for (const time of timesOf(lines)) expect(Math.abs(time - clock.at)).toBeLessThan(2500)
  clock.at += 5000
  const place = part.at(-1)?.place
  const rest = await runSource(generator, options, { clock, place })
  // 50 came due while it did not run, the others one by one.
  expect(rest[0]?.lines.length).toBeGreaterThanOrEqual(49)
  expect(rest.at(-1)?.lines).toHaveLength(1)
  const texts = [...part, ...rest].flatMap(({ lines }) => lines)
  const start = new Date(Date.UTC(2026, 0, 1, 12)).toISOString()
  expect(texts).toEqual(madeTexts({ ...options, start }, 777))
})

test('what cannot be is refused in words', () => {
  const refused = (options: object) => generatorOptions.safeParse(options).error?.issues.map(({ message }) => message)
  expect(refused({ like: 'nasa', scans: {} })).toEqual(['a log like nasa has no scans: only logs like ip-logs have'])
  expect(refused({ like: 'population', late: '1%' })).toEqual([
    'a log like population has no late: only logs like nasa, products, ip-logs, payments have',
  ])
  expect(refused({ bad: 0.01 })).toEqual(['0.01 is no share: write a percentage, as in 1%'])
  expect(refused({ bad: '0.001%' })).toEqual(["'0.001%' is no share: expected 0% to 100%, in steps of 0.01%"])
  expect(refused({ bad: '60%', disorder: '50%' })).toEqual([
    'the shares of bad, duplicates, late and disorder are more than 100% together',
  ])
  expect(refused({ bad: { share: '1%', kinds: ['range'] } })).toEqual([
    'a record like nasa cannot be bad by range: it can by cut, type, form',
  ])
  expect(refused({ like: 'payments', start: 'now' })).toEqual([
    'event times that begin now need a rate, as in rate: 1000/s',
  ])
  expect(refused({ like: 'payments', start: 'soon' })).toEqual([
    "'soon' is no time: expected one such as 2025-03-01T00:00:00, or now",
  ])
  expect(refused({ like: 'ip-logs', scans: { every: '1m', for: '2m' } })).toEqual([
    'expected `for` to be no longer than `every`',
  ])
  expect(refused({ count: 1, lines: 1 })).toEqual(['`lines` is another name of `count`: give one'])
})
