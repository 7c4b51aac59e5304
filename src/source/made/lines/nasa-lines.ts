/**
 * Writes access-log lines of the shape of NASA's of July 1995, as bytes, without an object or a string per line.
 *
 * Four random numbers make a line, and the state of the random numbers follows from the number of the line. So the log can go
 * on after line n from n and the time of line n. The same seed gives the same bytes on every machine.
 */
import type { MadeLines } from '../made-log.ts'
import { DRAW_LIMIT, DRAW_STEP, mix } from '../mix.ts'
import { drawRank, type RankTable, zipfTable } from '../zipf.ts'
import { hostNames, pathNames } from './nasa-names.ts'

/** Limit of the length of a line, in bytes. */
export const NASA_LINE_LIMIT = 256

/** Where a log goes on: the number of the next line, and the wall clock of the last one, ms since 1970 in zone -0400. */
export type NasaPlace = { readonly line: number; readonly wallMs: number }

/** The beginning of a log. */
export const NASA_START: NasaPlace = { line: 0, wallMs: Date.UTC(1995, 6, 1, 0, 0, 1) }

/** Texts one after the other: text i is the bytes [at[i], at[i + 1]). */
type Texts = { readonly bytes: Uint8Array; readonly at: Uint32Array }

type Tables = {
  readonly hosts: Texts
  readonly hostRanks: RankTable
  /** `PATH HTTP/1.0" 200 SIZE\n`: how nearly every line ends. */
  readonly answers: Texts
  /** Where in an answer the path ends. */
  readonly pathEnd: Uint32Array
  readonly pathRanks: RankTable
}

/** Mean milliseconds between requests at each hour of the day, from the hourly counts of the whole month. */
const GAP_MS = [
  1614, 1899, 2225, 2695, 3127, 3158, 2859, 1866, 1204, 1008, 955, 871, 826, 834, 823, 832, 854, 1033, 1271, 1404, 1444,
  1402, 1425, 1453,
]
const DRAWS = 4
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const FRAME = latin1(' - - [')
const beginning = (method: string): Uint8Array => latin1(` -0400] "${method} `)
const GET = beginning('GET')

/** Requests other than a GET with the answer 200: a draw is the first of them that it is below. */
const RARE = rareRequests()
const COMMON_FROM = Math.max(...RARE.map(({ below }) => below))

function rareRequests(): { readonly below: number; readonly method: Uint8Array; readonly end: Uint8Array }[] {
  const shares = [
    [0.0021, 'HEAD', '200 0'],
    [0.0001, 'POST', '200 0'],
    [0.0057, 'GET', '404 -'],
    [0.0246, 'GET', '302 110'],
    [0.0001, 'GET', '500 0'],
    [0.0703, 'GET', '304 0'],
  ] as const
  let below = 0
  return shares.map(([share, method, answer]) => {
    below += share * DRAW_LIMIT
    return { below, method: beginning(method), end: latin1(` HTTP/1.0" ${answer}\n`) }
  })
}

/** A log that is written line by line, from any place on. */
export class NasaLines implements MadeLines {
  readonly #seed: number
  readonly #busier: number
  readonly #tables = tables()
  /** `01/Jul/1995:00:00:01`, rewritten when the second changes. */
  readonly #stamp = new Uint8Array(20)
  #line: number
  #wallMs: number
  #second = -1
  #day = -1

  /** There are `busier` times as many requests a day as NASA had. */
  constructor(seed: number, place: NasaPlace = NASA_START, busier = 1) {
    this.#seed = seed | 0
    this.#busier = busier
    this.#line = place.line
    this.#wallMs = place.wallMs
  }

  get place(): NasaPlace {
    return { line: this.#line, wallMs: this.#wallMs }
  }

  get line(): number {
    return this.#line
  }

  write(into: Uint8Array, count: number, ends: Int32Array): { readonly lines: number; readonly end: number } {
    const { hosts, hostRanks, pathRanks } = this.#tables
    const last = into.length - NASA_LINE_LIMIT
    let at = 0
    let lines = 0
    let state = (this.#seed + Math.imul(this.#line * DRAWS, DRAW_STEP)) | 0
    for (; lines < count && at <= last; lines++) {
      const host = drawRank(hostRanks, mix((state + DRAW_STEP) | 0))
      const path = drawRank(pathRanks, mix((state + 2 * DRAW_STEP) | 0))
      this.#advance(mix((state + 3 * DRAW_STEP) | 0))
      at = copy(hosts.bytes, hosts.at[host] as number, hosts.at[host + 1] as number, into, at)
      at = copy(FRAME, 0, FRAME.length, into, at)
      at = copy(this.#stamp, 0, 20, into, at)
      at = this.#request(path, mix((state + 4 * DRAW_STEP) | 0), into, at)
      ends[lines] = at
      state = (state + DRAWS * DRAW_STEP) | 0
    }
    this.#line += lines
    return { lines, end: at }
  }

  #request(path: number, chance: number, into: Uint8Array, start: number): number {
    const { answers, pathEnd } = this.#tables
    const from = answers.at[path] as number
    const rare = chance < COMMON_FROM ? RARE.find(({ below }) => chance < below) : undefined
    if (rare === undefined) {
      const at = copy(GET, 0, GET.length, into, start)
      return copy(answers.bytes, from, answers.at[path + 1] as number, into, at)
    }
    const { method, end } = rare
    const named = copy(method, 0, method.length, into, start)
    const at = copy(answers.bytes, from, pathEnd[path] as number, into, named)
    return copy(end, 0, end.length, into, at)
  }

  /** The product of two uniform draws bunches requests as page loads do; its mean is a quarter of its greatest value. */
  #advance(chance: number): void {
    const hour = Math.floor(this.#wallMs / 3_600_000) % 24
    const skewed = (chance & 0xff) * ((chance >>> 8) & 0xff)
    this.#wallMs += Math.floor((skewed * (GAP_MS[hour] as number)) / (127.5 * 127.5 * this.#busier))
    const second = Math.floor(this.#wallMs / 1000)
    if (second === this.#second) return
    this.#second = second
    const day = Math.floor(second / 86_400)
    if (day !== this.#day) {
      this.#day = day
      const [, date, month, year] = new Date(day * 86_400_000).toUTCString().split(' ')
      this.#stamp.set(latin1(`${date}/${month}/${year}:00:00:00`))
    }
    const ofDay = second - day * 86_400
    twoDigits(this.#stamp, 12, (ofDay / 3600) | 0)
    twoDigits(this.#stamp, 15, ((ofDay / 60) | 0) % 60)
    twoDigits(this.#stamp, 18, ofDay % 60)
  }
}

/** A whole log, in buffers of up to a mebibyte that end with a line; for benchmarks, demonstrations and `replay`. */
export function* generateAccessLog(options: {
  readonly seed: number
  readonly lines: number
}): Generator<Uint8Array, void, undefined> {
  const log = new NasaLines(options.seed)
  const bytes = 1 << 20
  const ends = new Int32Array(bytes / 32)
  for (let left = options.lines; left > 0; ) {
    const buffer = new Uint8Array(bytes)
    const { lines, end } = log.write(buffer, Math.min(left, ends.length), ends)
    left -= lines
    yield buffer.subarray(0, end)
  }
}

function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  for (let i = start; i < end; i++) into[at++] = from[i] as number
  return at
}

function twoDigits(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0
  bytes[at] = 48 + tens
  bytes[at + 1] = 48 + value - tens * 10
}

let made: Tables | undefined

/** Made once per process, in 40 ms: they are the same for every seed. */
function tables(): Tables {
  if (made !== undefined) return made
  const paths = pathNames()
  const hosts = hostNames()
  // A path has one size, so every answer with it has as many bytes.
  const answers = paths.map((path, rank) => `${path} HTTP/1.0" 200 ${(mix(rank) % 30_000) + 150}\n`)
  const texts = sideBySide(answers)
  made = {
    hosts: sideBySide(hosts),
    // The shifts give the first host 1 % and the first path 5 % of all requests, as in July 1995.
    hostRanks: zipfTable(hosts.length, 10),
    answers: texts,
    pathEnd: Uint32Array.from(paths, (path, rank) => (texts.at[rank] as number) + path.length),
    pathRanks: zipfTable(paths.length, 1),
  }
  return made
}

function sideBySide(texts: readonly string[]): Texts {
  const at = new Uint32Array(texts.length + 1)
  texts.forEach((text, i) => {
    at[i + 1] = (at[i] as number) + text.length
  })
  return { bytes: latin1(texts.join('')), at }
}
