/**
 * How fast the generator makes records of each kind, written as JSON or as lines, on one thread, without anybody who takes them.
 *
 *   node bench/generators.ts [RECORDS]
 */

import { openMadeLog } from '../src/source/made/kinds.ts'
import { generatorOptions, KIND_NAMES } from '../src/source/made/options.ts'

const RECORDS = Number(process.argv[2] ?? 1_000_000)
const DIALLED = { bad: '1%', duplicates: '1%', late: '0.1%', disorder: '5%' }

function made(options: object): { readonly perSecond: number; readonly bytes: number } {
  const log = openMadeLog(generatorOptions.parse(options), { place: undefined, capacity: 8192, now: 0 })
  let bytes = 0
  const began = process.hrtime.bigint()
  while (log.line < RECORDS) bytes += log.make(Math.min(8192, RECORDS - log.line)).bytes.length
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  return { perSecond: RECORDS / seconds, bytes: bytes / RECORDS }
}

for (const like of KIND_NAMES) {
  for (const dials of [{}, DIALLED]) {
    made({ like, ...dials })
    const { perSecond, bytes } = made({ like, ...dials })
    const words = dials === DIALLED ? 'with dials' : 'plain'
    process.stdout.write(
      `${like.padEnd(12)}${words.padEnd(12)}${Math.round(perSecond).toLocaleString('en-US').padStart(12)}/s ${bytes.toFixed(0)} bytes\n`,
    )
  }
}
