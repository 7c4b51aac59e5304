/**
 * Reads lines of syslog, with or without the priority before them: `<34>1 TIME HOST APP PROCID MSGID DATA MESSAGE` (RFC 5424), and
 * `<34>Oct 11 22:14:15 HOST APP[PID]: MESSAGE` (RFC 3164), as daemons write it into files too.
 *
 * Of RFC 3164 only the time is certain: a host or a tag that does not look like one is part of the message.
 */
import { hasMark, MARK_BYTES } from '../../bytes/mark.ts'
import type { Records } from '../../record/column.ts'
import type { Arrivals } from '../format.ts'
import { findByte } from '../scan/find-byte.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { type RowReader, withoutCr } from '../scan/record-decoder.ts'
import { endOfStructured } from './structured.ts'
import type { SyslogTime } from './time.ts'

const BLANK = 32
const DASH = 45
const ZERO = 48
const COLON = 58
const LESS = 60
const GREATER = 62
const OPEN = 91
const CLOSE = 93
const HIGHEST_PRIORITY = 191
const COUNTED =
  'a length is in front of the message (octet counting): have the sender end messages with line ends instead'
/** The length of the longest tag that is taken for one. */
const LONGEST_TAG = 128

const flags = (letters: string): Uint8Array => {
  const all = new Uint8Array(256)
  for (const byte of Buffer.from(letters)) all[byte] = 1
  return all
}
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const OF_TAG = flags(`${ALNUM}-_./%()@+#*`)
const OF_HOST = flags(`${ALNUM}-_.:%`)

type SyslogColumns = {
  readonly [name in
    | 'facility'
    | 'severity'
    | 'ts'
    | 'host'
    | 'app'
    | 'procId'
    | 'msgId'
    | 'structured'
    | 'message']: ParsedColumn
}

/** Reads one line of a batch at a time; its columns are in the order of `syslog.ts`. */
export class SyslogReader implements RowReader {
  troubleAt = 0
  trouble = ''
  readonly #columns: SyslogColumns
  readonly #time: SyslogTime
  #bytes: Uint8Array = new Uint8Array(0)
  #arrivals: Arrivals | undefined
  /** Those of the batch, once one is asked for. */
  #timestamps: ArrayLike<number> | undefined
  #record = 0
  readonly #arrival = (): number => {
    this.#timestamps ??= this.#arrivals?.timestamps ?? []
    return this.#arrivals?.arrival ?? this.#timestamps[this.#record] ?? Number.NaN
  }

  constructor(columns: readonly ParsedColumn[], time: SyslogTime) {
    const [facility, severity, ts, host, app, procId, msgId, structured, message] = columns as readonly [
      ...[ParsedColumn, ParsedColumn, ParsedColumn, ParsedColumn, ParsedColumn],
      ...[ParsedColumn, ParsedColumn, ParsedColumn, ParsedColumn],
    ]
    this.#columns = { facility, severity, ts, host, app, procId, msgId, structured, message }
    this.#time = time
  }

  begin(bytes: Uint8Array, _: Records, arrivals: Arrivals | undefined): void {
    this.#bytes = bytes
    this.#arrivals = arrivals
    this.#timestamps = undefined
  }

  record(from: number, lineEnd: number, row: number, record: number): boolean {
    const bytes = this.#bytes
    this.#record = record
    const end = withoutCr(bytes, from, lineEnd)
    const at = bytes[from] === LESS && from < end ? this.#priority(from, end, row) : from
    if (at < 0) return this.#reject(from, 'expected a priority, as <34>')
    if (at > from && isVersion(bytes, at, end)) {
      const version = findByte(bytes, BLANK, at, end)
      if (version - at !== 1 || bytes[at] !== ZERO + 1) return this.#reject(at, 'expected version 1')
      return this.#protocol(at + 2, end, row)
    }
    const time = this.#time.read(bytes, at, end, this.#arrival)
    if (Number.isNaN(time)) return this.#reject(at, isCounted(bytes, at, end) ? COUNTED : this.#time.why)
    this.#columns.ts.putValue(time, row)
    return this.#content(this.#time.end, end, row)
  }

  /** Reads `<34>`, and gives the place behind it; -1 where there is none. */
  #priority(from: number, end: number, row: number): number {
    const bytes = this.#bytes
    const close = findByte(bytes, GREATER, from, Math.min(end, from + 5))
    if (bytes[close] !== GREATER || close === from + 1 || close >= end) return -1
    let priority = 0
    for (let at = from + 1; at < close; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit >>> 0 > 9) return -1
      priority = priority * 10 + digit
    }
    if (priority > HIGHEST_PRIORITY) return -1
    this.#columns.facility.putValue(priority >> 3, row)
    this.#columns.severity.putValue(priority & 7, row)
    return close + 1
  }

  /** Reads what is behind the version in RFC 5424. */
  #protocol(from: number, end: number, row: number): boolean {
    const bytes = this.#bytes
    const { ts, host, app, procId, msgId, structured, message } = this.#columns
    let at = from
    if (bytes[at] === DASH && at + 1 < end && bytes[at + 1] === BLANK) at++
    else {
      const time = this.#time.iso(bytes, at, end)
      if (Number.isNaN(time)) return this.#reject(at, this.#time.why)
      ts.putValue(time, row)
      at = this.#time.end
    }
    for (const column of [host, app, procId, msgId]) {
      const start = at + 1
      const stop = endOfWord(bytes, start, end)
      if (at >= end || stop === start || (stop < end && bytes[stop] !== BLANK)) {
        return this.#reject(Math.min(stop, end), `expected ${column.name}`)
      }
      if (stop - start > 1 || bytes[start] !== DASH) column.putRange(start, stop, row)
      at = stop
    }
    const data = at + 1
    const stop = at < end ? endOfStructured(bytes, data, end) : -1 - end
    if (stop < 0) return this.#reject(-1 - stop, 'expected structured data, as [id name="value"], or -')
    if (bytes[data] !== DASH) structured.putRange(data, stop, row)
    if (stop === end) return true
    if (bytes[stop] !== BLANK) return this.#reject(stop, 'expected a blank or the end')
    const text = stop + 1
    // A byte order mark says that the message is UTF-8.
    message.putRange(hasMark(bytes, text, end) ? text + MARK_BYTES : text, end, row)
    return true
  }

  /** Reads what is behind the time in RFC 3164. */
  #content(from: number, end: number, row: number): boolean {
    const bytes = this.#bytes
    const { host, message } = this.#columns
    // Firewalls of Cisco write a colon behind the time, and no host.
    const timeEnd = from < end && bytes[from] === COLON ? from + 1 : from
    if (timeEnd >= end || bytes[timeEnd] !== BLANK) return this.#reject(timeEnd, 'expected a blank and the host')
    let at = timeEnd + 1
    let stop = at
    while (stop < end && OF_HOST[bytes[stop] as number] === 1) stop++
    // Programs that write to their own machine leave the host out.
    const isHost = stop > at && (stop === end || bytes[stop] === BLANK) && bytes[stop - 1] !== COLON
    if (isHost) {
      host.putRange(at, stop, row)
      at = Math.min(end, stop + 1)
    }
    const text = this.#tag(at, end, row)
    if (!isHost && text < 0) return this.#reject(at, 'expected a host')
    message.putRange(text < 0 ? at : text, end, row)
    return true
  }

  /** Reads `app[pid]: `, and gives the place behind it; -1 where there is none. */
  #tag(from: number, end: number, row: number): number {
    const bytes = this.#bytes
    const { app, procId } = this.#columns
    let at = from
    while (at < end && at - from < LONGEST_TAG && OF_TAG[bytes[at] as number] === 1) at++
    if (at === from || at >= end) return -1
    if (bytes[at] === COLON) {
      if (at + 1 < end && bytes[at + 1] !== BLANK) return -1
      app.putRange(from, at, row)
      return Math.min(end, at + 2)
    }
    if (bytes[at] !== OPEN) return -1
    const close = findByte(bytes, CLOSE, at, Math.min(end, at + LONGEST_TAG))
    if (close + 1 >= end || bytes[close] !== CLOSE || bytes[close + 1] !== COLON) return -1
    app.putRange(from, at, row)
    if (close > at + 1) procId.putRange(at + 1, close, row)
    const text = close + 2
    return text < end && bytes[text] === BLANK ? text + 1 : text
  }

  #reject(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}

/** Whether the length of a message is in front of it: `52 <34>1 …`, octet counting of RFC 6587. */
function isCounted(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from
  while (at < end && ((bytes[at] as number) - ZERO) >>> 0 <= 9) at++
  return at > from && at + 1 < end && bytes[at] === BLANK && bytes[at + 1] === LESS
}

/** Whether a version is at `at`: up to three digits, of which the first is not 0, and a blank. */
function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  let stop = at
  while (stop < end && stop < at + 3 && ((bytes[stop] as number) - ZERO) >>> 0 <= 9) stop++
  return stop > at && bytes[at] !== ZERO && stop < end && bytes[stop] === BLANK
}

/** The end of printable ASCII without blanks. */
function endOfWord(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && (bytes[at] as number) > BLANK && (bytes[at] as number) < 127) at++
  return at
}
