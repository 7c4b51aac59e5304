/**
 * The access logs of web servers: `common` (httpd's "%h %l %u %t \"%r\" %>s %b") and `combined`, which adds the referer,
 * the agent, and anything else that a server was told to add.
 *
 * A batch is decoded in passes: the first finds the frames of all lines (see `frame.ts`) and alone decides which lines are
 * rows; then comes one pass for each group of wanted columns that do not follow from the frame alone. `-` is NULL.
 */
import type { Batch, BigintColumn, Column, Nulls, Records } from '../../record/column.ts'
import { BIGINT, type Field, INT, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { Decoder, Format, OpenFormat, Rejects } from '../format.ts'
import { anyDigits, SAFE_DIGITS, smallDigits } from '../scan/number.ts'
import { TextScratch } from '../scan/text-scratch.ts'
import { plainBytes } from '../scan/word.ts'
import { AccessFrames } from './frame.ts'
import { RequestTexts } from './request.ts'
import { AccessTails } from './tail.ts'
import { UserNames } from './user.ts'

const DASH = 45

const COMMON_FIELDS = [
  { name: 'host', type: STRING },
  { name: 'ident', type: STRING },
  { name: 'remote_user', type: STRING },
  { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'request', type: STRING },
  { name: 'http_method', type: STRING },
  { name: 'target', type: STRING },
  { name: 'path', type: STRING },
  { name: 'query', type: STRING },
  { name: 'protocol', type: STRING },
  { name: 'status', type: INT },
  { name: 'body_bytes', type: BIGINT },
] as const satisfies readonly Field[]

const COMBINED_FIELDS = [
  ...COMMON_FIELDS,
  { name: 'referer', type: STRING },
  { name: 'agent', type: STRING },
  { name: 'rest', type: STRING },
] as const satisfies readonly Field[]

type Name = (typeof COMBINED_FIELDS)[number]['name']

export const common: Format = {
  name: 'common',
  summary: 'Common Log Format: host ident user [time] "request" status size; what follows is not read.',
  takes: [],
  open: () => openAccessLog(COMMON_FIELDS),
  // A little less than the share, so that `combined` wins where both read everything.
  fit: (sample) => 0.99 * shareOfRows(decodeSample(sample), sample),
}

export const combined: Format = {
  name: 'combined',
  summary: 'Combined Log Format: as common, then "referer" "agent" and the rest of the line.',
  takes: [],
  open: () => openAccessLog(COMBINED_FIELDS),
  fit(sample) {
    const rows = decodeSample(sample)
    return 2 * countAgents(rows) > rows.count ? shareOfRows(rows, sample) : 0
  },
}

const shareOfRows = (rows: Batch, sample: Records): number => (sample.count === 0 ? 0 : rows.count / sample.count)
const decodeSample = (sample: Records): Batch => makeDecoder(['agent'])(sample, { add: () => undefined })

/** How many rows have a quoted agent, including `"-"`. */
function countAgents({ columns: [agent], count }: Batch): number {
  let agents = 0
  if (agent?.kind !== 'string') return 0
  for (let row = 0; row < count; row++) if ((agent.end[row] as number) >= (agent.start[row] as number)) agents++
  return agents
}

function openAccessLog(fields: readonly (Field & { readonly name: Name })[]): OpenFormat {
  return {
    fields,
    rowtime: fields.findIndex((field) => field.rowtime === true),
    skipsFirstLine: false,
    decoder: (columns) => makeDecoder(columns.map((column) => (fields[column] as { name: Name }).name)),
  }
}

const REQUEST_COLUMNS: ReadonlySet<Name> = new Set<Name>([
  'request',
  'http_method',
  'target',
  'path',
  'query',
  'protocol',
])
const TAIL_COLUMNS: ReadonlySet<Name> = new Set<Name>(['referer', 'agent', 'rest'])

function makeDecoder(wanted: readonly Name[]): Decoder {
  const state: State = {
    frames: new AccessFrames(),
    requests: new RequestTexts(),
    users: new UserNames(),
    tails: new AccessTails(),
    scratch: new TextScratch(),
  }
  const { frames, requests, users, tails, scratch } = state
  const wantsRequest = wanted.some((name) => REQUEST_COLUMNS.has(name))
  const wantsUsers = wanted.includes('ident') || wanted.includes('remote_user')
  const wantsTail = wanted.some((name) => TAIL_COLUMNS.has(name))
  const makers = wanted.map((name) => columnMaker(name, state))
  return (records: Records, rejects: Rejects): Batch => {
    const bytes = plainBytes(records.bytes)
    const rows = frames.scan(records, bytes, rejects)
    scratch.begin(records, bytes)
    if (wantsRequest) requests.take(frames, rows, scratch)
    if (wantsUsers) users.scan(frames, rows, bytes)
    if (wantsTail) tails.scan(frames, rows, records, scratch)
    const columns = makers.map((make) => make(rows, bytes))
    return { count: rows, columns, partition: 0, origin: frames.origin, watermark: undefined }
  }
}

type State = {
  readonly frames: AccessFrames
  readonly requests: RequestTexts
  readonly users: UserNames
  readonly tails: AccessTails
  readonly scratch: TextScratch
}

/** Makes a column of the batch that was scanned. A position of the frame is the same in the records and in the scratch. */
type ColumnMaker = (rows: number, bytes: Uint8Array) => Column

function columnMaker(name: Name, { frames, requests, users, tails, scratch }: State): ColumnMaker {
  switch (name) {
    case 'ts':
      return () => ({ kind: 'double', values: frames.time, nulls: undefined })
    case 'status':
      return () => ({ kind: 'int', values: frames.status, nulls: undefined })
    case 'body_bytes':
      return sizeMaker(frames)
    case 'host':
      return textMaker(scratch, () => [frames.start, frames.hostEnd])
    case 'ident':
      return textMaker(scratch, () => [users.identStart, users.identEnd])
    case 'remote_user':
      return textMaker(scratch, () => [users.userStart, users.userEnd])
    case 'request':
      return textMaker(scratch, () => [requests.start, requests.end])
    case 'http_method':
      return partMaker(scratch, () => [requests.start, frames.methodEnd, frames.noTarget])
    case 'target':
      return partMaker(scratch, () => [frames.targetStart, frames.targetEnd, frames.noTarget])
    case 'path':
      return partMaker(scratch, () => [frames.targetStart, frames.pathEnd, frames.noTarget])
    case 'query':
      return partMaker(scratch, () => [frames.queryStart, frames.targetEnd, frames.noQuery])
    case 'protocol':
      return partMaker(scratch, () => [frames.protocolStart, requests.end, frames.noProtocol])
    case 'referer':
    case 'agent':
    case 'rest':
      return textMaker(scratch, () => [tails[name].start, tails[name].end])
  }
}

type Ranges = (rows: number) => readonly [start: Int32Array, end: Int32Array]

/** A text, NULL where it is `-` or absent. */
function textMaker(scratch: TextScratch, ranges: Ranges): ColumnMaker {
  let nulls = new Uint8Array(0)
  return (rows) => {
    const [start, end] = ranges(rows)
    if (nulls.length < rows) nulls = new Uint8Array(start.length)
    const { bytes } = scratch
    let any = 0
    for (let row = 0; row < rows; row++) {
      const from = start[row] as number
      const length = (end[row] as number) - from
      const isNull = length < 0 || (length === 1 && bytes[from] === DASH) ? 1 : 0
      nulls[row] = isNull
      any |= isNull
    }
    return { kind: 'string', bytes, start, end, nulls: any === 0 ? undefined : nulls }
  }
}

/** A part of the request, with flags that are 1 where it is absent. */
function partMaker(scratch: TextScratch, part: () => readonly [Int32Array, Int32Array, Uint8Array]): ColumnMaker {
  return (rows) => {
    const [start, end, flags] = part()
    return { kind: 'string', bytes: scratch.bytes, start, end, nulls: nullsOf(flags, rows) }
  }
}

/** Flags as the nulls of a column: undefined if none is set. */
function nullsOf(flags: Uint8Array, rows: number): Nulls {
  const first = flags.indexOf(1)
  return first >= 0 && first < rows ? flags : undefined
}

/** The size in bytes. It follows the closing quote of the request, a space, three digits and a space. */
function sizeMaker(frames: AccessFrames): ColumnMaker {
  let values = new Float64Array(0)
  let nulls = new Uint8Array(0)
  return (rows, bytes) => {
    if (values.length < rows) {
      values = new Float64Array(frames.start.length)
      nulls = new Uint8Array(frames.start.length)
    }
    const { requestEnd, sizeEnd } = frames
    let any = 0
    let longest = 0
    for (let row = 0; row < rows; row++) {
      const from = (requestEnd[row] as number) + 6
      const end = sizeEnd[row] as number
      const isNull = bytes[from] === DASH ? 1 : 0
      nulls[row] = isNull
      any |= isNull
      if (isNull === 1) continue
      values[row] = smallDigits(bytes, from, end)
      if (end - from > longest) longest = end - from
    }
    const exact = longest > SAFE_DIGITS ? exactSizes(frames, rows, bytes) : undefined
    return { kind: 'bigint', values, exact, nulls: any === 0 ? undefined : nulls } satisfies BigintColumn
  }
}

function exactSizes({ requestEnd, sizeEnd }: AccessFrames, rows: number, bytes: Uint8Array): BigInt64Array {
  const exact = new BigInt64Array(rows)
  for (let row = 0; row < rows; row++) {
    const from = (requestEnd[row] as number) + 6
    if (bytes[from] !== DASH) exact[row] = anyDigits(bytes, from, sizeEnd[row] as number)
  }
  return exact
}
