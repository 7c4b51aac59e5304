/**
 * The logs of Docker's driver `json-file`: `{"log":"text\n","stream":"stdout","time":"2026-11-29T10:00:00.123456789Z"}`. A text
 * without a line end at its end goes on in the next line of its stream.
 *
 * Source: Docker's daemon/logger/jsonfilelog and its jsonlog.JSONLogs, whose members are log, stream, attrs and time.
 */
import type { Records } from '../../record/column.ts'
import { textBetween } from '../../record/records.ts'
import { STRING } from '../../record/type.ts'
import { type Decoder, defineFormat, type Format, type OpenFormat } from '../format.ts'
import { Member } from '../json/members.ts'
import { JsonReader } from '../json/reader.ts'
import { type MultiLineOptions, multiLineOptions } from '../multi-line/options.ts'
import { findByte } from '../scan/find-byte.ts'
import { ParsedColumn } from '../scan/parsed-column.ts'
import { type RowReader, recordDecoder, withoutCr } from '../scan/record-decoder.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { CONTAINER_COLUMNS, NO_END } from './fields.ts'
import { GOES_ON } from './join-parts.ts'
import { Message } from './message.ts'
import { containerFit, containerSpanning } from './spanning.ts'

const [LF, LOWER_N, LOWER_O, BACKSLASH] = [10, 110, 111, 92]
/** Between the text and the name of the stream. In a text its quotes have a backslash before them. */
const STREAM = Buffer.from('","stream":"std')
const LOG = '{"log":"'

export const docker: Format = defineFormat<MultiLineOptions>({
  name: 'docker',
  summary: "Container logs of Docker's driver json-file: objects with log, stream and time.",
  options: multiLineOptions,
  open: openDocker,
  fit: (sample) => containerFit(sample, dockerPart, makeDecoder([])),
})

const makeDecoder = (wanted: readonly number[]): Decoder =>
  recordDecoder(CONTAINER_COLUMNS, wanted, (columns, scratch) => new DockerReader(columns, scratch))

function openDocker(options: MultiLineOptions, sample: Records | undefined): OpenFormat {
  return {
    fields: CONTAINER_COLUMNS.map(({ field }) => field),
    rowtime: 0,
    skipsFirstLine: false,
    spanning: containerSpanning({ partOf: dockerPart, textOf: dockerText }, options, sample),
    decoder: makeDecoder,
  }
}

/** Where `","stream":"std` is in a line as Docker writes it, or -1. */
function streamAt(bytes: Uint8Array, from: number, end: number): number {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from)
  const at = line.lastIndexOf(STREAM)
  return at < 0 ? at : from + at
}

/** What the line is: see `PartOf`. */
function dockerPart(bytes: Uint8Array, from: number, end: number): number {
  const at = streamAt(bytes, from, end)
  if (at < 0) return 0
  const stream = bytes[at + STREAM.length] === LOWER_O ? 1 : 2
  let backslashes = 0
  while (bytes[at - 2 - backslashes] === BACKSLASH && at - 2 - backslashes > from) backslashes++
  const endsLine = bytes[at - 1] === LOWER_N && backslashes % 2 === 1
  return endsLine ? stream : stream + GOES_ON
}

/** The text of a line as Docker writes it. */
function dockerText(bytes: Uint8Array, from: number, end: number): string {
  const at = streamAt(bytes, from, end)
  const start = from + LOG.length
  if (at < start) return ''
  const text = textBetween(bytes, start, at)
  if (!text.includes('\\')) return text
  try {
    return String(JSON.parse(`"${text}"`)).replace(/\r?\n$/, '')
  } catch {
    return text
  }
}

class DockerReader implements RowReader {
  troubleAt = 0
  trouble = ''
  readonly #columns: readonly ParsedColumn[]
  readonly #log: ParsedColumn
  readonly #json: JsonReader
  readonly #message: Message
  readonly #scratch: TextScratch
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(columns: readonly ParsedColumn[], scratch: TextScratch) {
    this.#columns = columns
    this.#scratch = scratch
    // Its end is looked at, whether it is wanted or not.
    this.#log = new ParsedColumn({ field: { name: 'log', type: STRING } }, true)
    const root = new Member('')
    const [ts, output] = columns as readonly [ParsedColumn, ParsedColumn]
    root.add(['log'], { column: this.#log, inside: undefined })
    root.add(['stream'], { column: output, inside: undefined })
    root.add(['time'], { column: ts, inside: undefined })
    this.#json = new JsonReader(root, scratch, () => undefined)
    this.#message = new Message(scratch)
  }

  begin(bytes: Uint8Array, { count }: Records): void {
    this.#bytes = bytes
    this.#json.begin(bytes)
    this.#log.begin(count)
  }

  record(from: number, end: number, row: number): boolean {
    const message = this.#message
    message.begin()
    for (let at = from; at <= end; ) {
      const stop = findByte(this.#bytes, LF, at, end)
      if (!this.#line(at, stop, row)) return false
      at = stop + 1
    }
    if (!message.isWhole) return this.#reject(end, NO_END)
    const first = findByte(this.#bytes, LF, from, end)
    // The row has the time of its first line.
    if (first < end) this.#json.record(from, first, row)
    message.put(this.#columns[2] as ParsedColumn, row)
    return true
  }

  /** Reads a line, adds its text to the message, and puts its time and stream. */
  #line(from: number, end: number, row: number): boolean {
    const log = this.#log
    log.putNull(row)
    if (!this.#json.record(from, end, row)) return this.#reject(this.#json.troubleAt, this.#json.trouble)
    const [ts, output] = this.#columns as readonly [ParsedColumn, ParsedColumn]
    const missing =
      log.nulls[row] === 1 ? 'log' : output.nulls[row] === 1 ? 'stream' : ts.nulls[row] === 1 ? 'time' : ''
    if (missing !== '') return this.#reject(from, `it is no line of Docker: it has no member ${missing}`)
    const start = log.start[row] as number
    const stop = log.end[row] as number
    const { bytes } = this.#scratch
    const isWhole = stop > start && bytes[stop - 1] === LF
    this.#message.add(start, isWhole ? withoutCr(bytes, start, stop - 1) : stop, isWhole)
    return true
  }

  #reject(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}
