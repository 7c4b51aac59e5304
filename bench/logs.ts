/** The logs of the benchmarks: a generated one, and a real one if the shared collection is at hand. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { generateAccessLog } from '../src/source/made/lines/nasa-lines.ts'
import { OUT } from './measure.ts'

export type Log = {
  readonly name: string
  readonly path: string
  readonly lines: number
  readonly format: 'COMMON' | 'COMBINED'
}

const NASA_LINES = 2_000_000
const MIRROR_LINES = 1_221_662

/** Lines of a log, several thousand at a time. */
export function* inPieces(count: number, lineOf: (line: number) => string): Iterable<string> {
  for (let from = 0; from < count; from += 10_000) {
    const lines = Math.min(10_000, count - from)
    yield Array.from({ length: lines }, (_, index) => lineOf(from + index)).join('')
  }
}

/** Lines of the shape of NASA's July 1995: 81,000 hosts, 20,000 paths by Zipf, seed 1. */
export async function nasaLog(lines: number = NASA_LINES): Promise<Log> {
  const path = join(OUT, `nasa-${lines}.log`)
  if (!existsSync(path)) await writeFile(path, generateAccessLog({ seed: 1, lines }))
  return { name: `${lines} lines of NASA's shape`, path, lines, format: 'COMMON' }
}

/** 1.2 million real lines of six months; undefined, with a message, if they are not at hand. */
export function mirrorLog(): Log | undefined {
  const packed = join(process.env.TAILRACE_SHARED ?? '../shared', 'data/access/mirror-combined-2019-11_2020-04.log.gz')
  if (!existsSync(packed)) {
    console.warn(`${packed} is not there: the real log is left out`)
    return undefined
  }
  const path = join(OUT, 'mirror.log')
  if (!existsSync(path) || statSync(path).size === 0) writeFileSync(path, gunzipSync(readFileSync(packed)))
  return { name: `${MIRROR_LINES} lines of a real mirror`, path, lines: MIRROR_LINES, format: 'COMBINED' }
}
