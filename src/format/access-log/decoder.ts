/**
 * Decodes access logs. A batch is decoded in passes: the first finds the frames of all lines (see `frame.ts`) and alone
 * decides which lines are rows; then comes one pass for each group of wanted columns that do not follow from the frame alone.
 * `-` is NULL.
 */
import type { Batch, BigintColumn, Column, Nulls, Records } from '../../record/column.ts'
import type { Decoder, Rejects } from '../format.ts'
import { anyDigits, SAFE_DIGITS, smallDigits } from '../scan/number.ts'
import { TextScratch } from '../scan/text-scratch.ts'
import { plainBytes } from '../scan/word.ts'
import type { Name } from './fields.ts'
import { AccessFrames } from './frame.ts'
import type { Lead } from './head.ts'
import { RequestTexts } from './request.ts'
import { AccessTails } from './tail.ts'
import { UserNames } from './user.ts'
import { VirtualHosts } from './vhost.ts'

const DASH = 45

const REQUEST_COLUMNS: ReadonlySet<Name> = new Set<Name>([
  'request',
  'http_method',
  'target',
  'path',
  'query',
  'protocol',
])
const TAIL_COLUMNS: ReadonlySet<Name> = new Set<Name>(['referer', 'agent', 'rest'])

/** A decoder of some of the columns, in the order given, for lines that have `lead` before the ident. */
export function makeDecoder(lead: Lead, wanted: readonly Name[]): Decoder {
  const state: State = {
    frames: new AccessFrames(lead),
    hosts: new VirtualHosts(),
    requests: new RequestTexts(),
    users: new UserNames(),
    tails: new AccessTails(),
    scratch: new TextScratch(),
  }
  const { frames, hosts, requests, users, tails, scratch } = state
  const wantsHosts = wanted.includes('vhost') || wanted.includes('vhost_port')
  const wantsRequest = wanted.some((name) => REQUEST_COLUMNS.has(name))
  const wantsUsers = wanted.includes('ident') || wanted.includes('remote_user')
  const wantsTail = wanted.some((name) => TAIL_COLUMNS.has(name))
  const makers = wanted.map((name) => columnMaker(name, state))
  return (records: Records, rejects: Rejects): Batch => {
    const bytes = plainBytes(records.bytes)
    const rows = frames.scan(records, bytes, rejects)
    scratch.begin(records, bytes)
    if (wantsHosts) hosts.scan(frames, rows, bytes)
    if (wantsRequest) requests.take(frames, rows, scratch)
    if (wantsUsers) users.scan(frames, rows, bytes)
    if (wantsTail) tails.scan(frames, rows, records, scratch)
    const columns = makers.map((make) => make(rows, bytes))
    return { count: rows, columns, partition: 0, origin: frames.origin, watermark: undefined }
  }
}

type State = {
  readonly frames: AccessFrames
  readonly hosts: VirtualHosts
  readonly requests: RequestTexts
  readonly users: UserNames
  readonly tails: AccessTails
  readonly scratch: TextScratch
}

/** Makes a column of the batch that was scanned. A position of the frame is the same in the records and in the scratch. */
type ColumnMaker = (rows: number, bytes: Uint8Array) => Column

function columnMaker(name: Name, { frames, hosts, requests, users, tails, scratch }: State): ColumnMaker {
  switch (name) {
    case 'ts':
      return () => ({ kind: 'double', values: frames.time, nulls: undefined })
    case 'status':
      return () => ({ kind: 'int', values: frames.status, nulls: undefined })
    case 'body_bytes':
      return sizeMaker(frames)
    case 'vhost':
      return textMaker(scratch, () => [frames.leadStart, hosts.nameEnd])
    case 'vhost_port':
      return (rows) => ({ kind: 'int', values: hosts.port, nulls: nullsOf(hosts.noPort, rows) })
    case 'forwarded':
      return textMaker(scratch, () => [frames.leadStart, frames.leadEnd])
    case 'host':
      return textMaker(scratch, () => [frames.start, frames.hostEnd])
    case 'ident':
      return textMaker(scratch, () => [users.identStart, users.identEnd])
    case 'remote_user':
      return textMaker(scratch, () => [users.userStart, users.userEnd])
    case 'request':
      return textMaker(scratch, () => [requests.start, requests.end])
    case 'http_method':
      return methodMaker(scratch, frames, requests)
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

/** The method. It is absent only where the target is: mostly nowhere. */
function methodMaker(scratch: TextScratch, frames: AccessFrames, requests: RequestTexts): ColumnMaker {
  let nulls = new Uint8Array(0)
  return (rows) => {
    const { start } = requests
    const end = frames.methodEnd
    const column = { kind: 'string', bytes: scratch.bytes, start, end } as const
    if (nullsOf(frames.noTarget, rows) === undefined) return { ...column, nulls: undefined }
    if (nulls.length < rows) nulls = new Uint8Array(end.length)
    for (let row = 0; row < rows; row++) nulls[row] = end[row] === start[row] ? 1 : 0
    return { ...column, nulls }
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
