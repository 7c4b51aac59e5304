/**
 * The log of `make bench-kafka`: lines of NASA's shape, 110 bytes on average, which fill a day whatever their number, and the
 * number of requests by method in each of its minutes. So every window has many lines, and each engine's rows can be checked.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { NASA_START, NasaLines } from '../../src/source/made/lines/nasa-lines.ts'
import { OUT } from '../measure.ts'

/** Lines of a day of July 1995, about. */
const USUAL_LINES = 61_000
const ZONE_MS = 4 * 3_600_000
const BLOCK_BYTES = 1 << 20

/** Requests by `MINUTE METHOD`, the minute as ms since 1970. */
export type Counts = ReadonlyMap<string, number>

export type DayLog = { readonly path: string; readonly lines: number; readonly counts: Counts }

/** The log in a file, which is made if it is not there. */
export function dayLog(lines: number): DayLog {
  const path = join(OUT, `day-${lines}.log`)
  const beside = `${path}.json`
  if (!existsSync(beside)) writeFileSync(beside, JSON.stringify([...writeLog(path, lines)]))
  return { path, lines, counts: new Map(JSON.parse(readFileSync(beside, 'utf8')) as [string, number][]) }
}

function writeLog(path: string, count: number): Counts {
  const log = new NasaLines(1, NASA_START, count / USUAL_LINES)
  const counts = new Map<string, number>()
  const block = Buffer.alloc(BLOCK_BYTES)
  const ends = new Int32Array(BLOCK_BYTES / 32)
  const file = openSync(path, 'w')
  for (let left = count; left > 0; ) {
    const { lines, end } = log.write(block, Math.min(left, ends.length), ends)
    writeSync(file, block, 0, end)
    for (let line = 0; line < lines; line++) countLine(block, line === 0 ? 0 : (ends[line - 1] as number), counts)
    left -= lines
  }
  closeSync(file)
  return counts
}

function countLine(block: Buffer, from: number, counts: Map<string, number>): void {
  const stamp = block.indexOf('[', from) + 1
  const quote = block.indexOf('"', stamp) + 1
  const method = block.toString('latin1', quote, block.indexOf(' ', quote))
  const [day, month, year, hour, minute] = block.toString('latin1', stamp, stamp + 17).split(/[/:]/)
  const minuteMs = Date.parse(`${day} ${month} ${year} ${hour}:${minute} GMT`) + ZONE_MS
  const key = `${minuteMs} ${method}`
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
