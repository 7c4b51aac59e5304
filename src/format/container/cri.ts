/**
 * The logs of containers under containerd and CRI-O, so of Kubernetes: `TIME STREAM TAGS TEXT`. The first tag is `F` for a line
 * that ends here, or `P` for one that goes on in the next line of its stream.
 *
 * Source: "CRI Log Format" of Kubernetes' kubelet (design proposal kubelet-cri-logging); tags are separated by colons.
 */
import type { Records } from '../../record/column.ts'
import { textBetween } from '../../record/records.ts'
import { type Decoder, defineFormat, type Format, type OpenFormat } from '../format.ts'
import { type MultiLineOptions, multiLineOptions } from '../multi-line/options.ts'
import { findByte } from '../scan/find-byte.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { type RowReader, recordDecoder, withoutCr } from '../scan/record-decoder.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { hasBytesAt } from '../scan/word.ts'
import { CONTAINER_COLUMNS, NO_END } from './fields.ts'
import { GOES_ON, type Stream } from './join-parts.ts'
import { Message } from './message.ts'
import { containerFit, containerSpanning } from './spanning.ts'

const [LF, BLANK, COLON, F, P, UPPER_T] = [10, 32, 58, 70, 80, 84]
const STDOUT = Buffer.from('stdout ')
const STDERR = Buffer.from('stderr ')

export const cri: Format = defineFormat<MultiLineOptions>({
  name: 'cri',
  summary: 'Container logs of Kubernetes (containerd, CRI-O): time, stream, P or F, and the line.',
  options: multiLineOptions,
  open: openCri,
  fit: (sample) => containerFit(sample, criPart, makeDecoder([])),
})

const makeDecoder = (wanted: readonly number[]): Decoder =>
  recordDecoder(CONTAINER_COLUMNS, wanted, (columns, scratch) => new CriReader(columns, scratch))

function openCri(options: MultiLineOptions, sample: Records | undefined): OpenFormat {
  return {
    fields: CONTAINER_COLUMNS.map(({ field }) => field),
    rowtime: 0,
    skipsFirstLine: false,
    spanning: containerSpanning({ partOf: criPart, textOf: criText }, options, sample),
    decoder: makeDecoder,
  }
}

/** The blank before the stream of a line, or the end. */
const endOfTime = (bytes: Uint8Array, from: number, end: number): number => findByte(bytes, BLANK, from, end)

function streamAt(bytes: Uint8Array, at: number, end: number): Stream {
  if (end - at < STDOUT.length + 1) return 0
  return hasBytesAt(bytes, at, STDOUT) ? 1 : hasBytesAt(bytes, at, STDERR) ? 2 : 0
}

/** Whether the tags at `at` say that the line goes on; undefined where they are none. */
function goesOnAt(bytes: Uint8Array, at: number, end: number): boolean | undefined {
  const tag = bytes[at]
  if (at >= end || (tag !== F && tag !== P)) return undefined
  if (at + 1 < end && bytes[at + 1] !== BLANK && bytes[at + 1] !== COLON) return undefined
  return tag === P
}

/** What the line is: see `PartOf`. */
function criPart(bytes: Uint8Array, from: number, end: number): number {
  const at = endOfTime(bytes, from, end) + 1
  const stream = streamAt(bytes, at, end)
  if (stream === 0) return 0
  const goesOn = goesOnAt(bytes, at + STDOUT.length, end)
  return goesOn === undefined ? 0 : goesOn ? stream + GOES_ON : stream
}

/** The text of a line of the format. */
function criText(bytes: Uint8Array, from: number, end: number): string {
  const tags = endOfTime(bytes, from, end) + 1 + STDOUT.length
  const start = Math.min(end, endOfTime(bytes, tags, end) + 1)
  return textBetween(bytes, start, withoutCr(bytes, start, end))
}

class CriReader implements RowReader {
  troubleAt = 0
  trouble = ''
  readonly #columns: readonly ParsedColumn[]
  readonly #message: Message
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(columns: readonly ParsedColumn[], scratch: TextScratch) {
    this.#columns = columns
    this.#message = new Message(scratch)
  }

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
  }

  record(from: number, end: number, row: number): boolean {
    const message = this.#message
    message.begin()
    let stream: Stream = 0
    for (let at = from; at <= end; ) {
      const stop = findByte(this.#bytes, LF, at, end)
      const found = this.#line(at, withoutCr(this.#bytes, at, stop), row)
      if (found === 0) return false
      if (stream !== 0 && found !== stream) return this.#reject(at, 'the line is of another stream than the one before')
      stream = found
      at = stop + 1
    }
    if (!message.isWhole) return this.#reject(end, NO_END)
    message.put(this.#columns[2] as ParsedColumn, row)
    return true
  }

  /** Reads a line, and puts its time and stream if it is the first. 0 where it is none. */
  #line(from: number, end: number, row: number): Stream {
    const bytes = this.#bytes
    const [ts, output] = this.#columns as readonly [ParsedColumn, ParsedColumn]
    const time = endOfTime(bytes, from, end)
    // A number would be a time too.
    if (time - from < 20 || bytes[from + 10] !== UPPER_T)
      return this.#refuse(from, 'expected a time, as 2026-11-29T08:00:01.5Z')
    const isFirst = ts.nulls[row] === 1
    if (isFirst && !ts.put(bytes, from, time, row)) return this.#refuse(from, ts.complaint(bytes, from, time))
    const at = time + 1
    const stream = streamAt(bytes, at, end)
    if (stream === 0) return this.#refuse(at, 'expected stdout or stderr')
    if (isFirst) output.putRange(at, at + STDOUT.length - 1, row)
    const tags = at + STDOUT.length
    const goesOn = goesOnAt(bytes, tags, end)
    if (goesOn === undefined) return this.#refuse(tags, 'expected F or P')
    this.#message.add(Math.min(end, endOfTime(bytes, tags, end) + 1), end, !goesOn)
    return stream
  }

  #refuse(at: number, trouble: string): 0 {
    this.#reject(at, trouble)
    return 0
  }

  #reject(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}
