/** Numbered lines of an access log, and a pipeline that counts them: so it is known which rows there have to be. */

const HOSTS = 7
const STEP_MS = 500
const WINDOW_MS = 60_000
/** More than the watermark trails. */
const DELAY_MS = 5000
const BEGIN = Date.UTC(2026, 0, 1)
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** Counts the lines of each host by minute, and adds up their numbers. */
export const numberedPipeline = (name: string): string => `version: 1
name: ${name}
sources:
  log: { file: { path: access.log, poll: 50ms }, to: access }
topics:
  access: { format: common, partitions: 2, watermark: ts - INTERVAL '5' SECOND }
queries:
  counts: |
    SELECT window_start, window_end, host, COUNT(*) AS hits, SUM(body_bytes) AS numbers
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, host
sinks:
  out: { from: counts, csv: out/counts.csv }
checkpoint: { interval: 1s }
`

export class NumberedLines {
  #count = 0

  /** The next lines; the number of each is in the place of its bytes. */
  next(count: number): string {
    let text = ''
    for (const end = this.#count + count; this.#count < end; this.#count++) {
      const time = new Date(timeOf(this.#count))
      const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`
      const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`
      text += `${hostOf(this.#count)} - - [${date}:${clock} +0000] "GET / HTTP/1.1" 200 ${this.#count}\n`
    }
    return text
  }

  /** The number of windows that are closed by the lines so far. */
  closedWindows(): number {
    // Each partition has every other line.
    const watermark = timeOf(this.#count - 2) - DELAY_MS
    return Math.floor((watermark - BEGIN) / WINDOW_MS)
  }

  /** The rows of all lines, as lines of CSV, in order. */
  rows(): readonly string[] {
    const groups = new Map<string, { hits: number; numbers: number }>()
    for (let line = 0; line < this.#count; line++) {
      const start = Math.floor(timeOf(line) / WINDOW_MS) * WINDOW_MS
      const key = [iso(start), iso(start + WINDOW_MS), hostOf(line)].join(',')
      const { hits, numbers } = groups.get(key) ?? { hits: 0, numbers: 0 }
      groups.set(key, { hits: hits + 1, numbers: numbers + line })
    }
    return [...groups].map(([key, { hits, numbers }]) => `${key},${hits},${numbers}`).sort()
  }
}

const hostOf = (line: number): string => `10.0.0.${line % HOSTS}`
const timeOf = (line: number): number => BEGIN + Math.floor((line * STEP_MS) / 1000) * 1000
const two = (number: number): string => String(number).padStart(2, '0')
const iso = (time: number): string => new Date(time).toISOString().slice(0, -1)
