/**
 * How fast the generator makes records of each kind, written as JSON or as lines, on one thread; the records go nowhere.
 *
 *   node bench/generators.ts [RECORDS]
 */

import { openMadeLog } from '../src/source/made/kinds.ts'
import { generatorOptions, KIND_NAMES } from '../src/source/made/options.ts'

const RECORDS = Number(process.argv[2] ?? 1_000_000)
const DIALLED = { bad: '1%', duplicates: '1%', late: '0.1%', disorder: '5%' }
/** An answer with the years of one nation, and without a time. */
const ANSWERS = { like: 'population', keys: 1 }

function made(options: object): { readonly perSecond: number; readonly bytes: number } {
  const log = openMadeLog(generatorOptions.parse(options), { place: undefined, capacity: 8192, now: 0 })
  let bytes = 0
  const began = process.hrtime.bigint()
  while (log.line < RECORDS) {
    const { end, count } = log.make(Math.min(8192, RECORDS - log.line))
    bytes += end[count - 1] ?? 0
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  return { perSecond: RECORDS / seconds, bytes: bytes / RECORDS }
}

const KINDS = KIND_NAMES.map((like) => (like === ANSWERS.like ? ANSWERS : { like }))

for (const kind of KINDS) {
  const { bad, duplicates } = DIALLED
  const dialled = kind === ANSWERS ? { bad, duplicates } : DIALLED
  for (const [words, dials] of [
    ['plain', {}],
    ['with dials', dialled],
  ] as const) {
    made({ ...kind, ...dials })
    const { perSecond, bytes } = made({ ...kind, ...dials })
    const rate = Math.round(perSecond).toLocaleString('en-US').padStart(10)
    process.stdout.write(`${kind.like.padEnd(12)}${words.padEnd(12)}${rate} records/s of ${bytes.toFixed(0)} bytes\n`)
  }
}
