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
