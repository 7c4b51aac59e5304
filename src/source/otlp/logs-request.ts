/**
 * The log records of a request, as records for a topic. A body that cannot be decoded is refused as a whole; a log record that is beyond
 * a limit is rejected by itself, and the others are taken.
 */
import { parseExact, readJson } from '../../client/otlp/json-read.ts'
import { MalformedMessage, type MessageOf, OversizedMessage, type ReadLimits } from '../../client/otlp/message.ts'
import { LOG_RECORD, LOGS_REQUEST } from '../../client/otlp/messages.ts'
import { readWire } from '../../client/otlp/wire-read.ts'
import { recordLine, sharedMembers } from '../../format/otlp/record-line.ts'
import type { Records } from '../../record/column.ts'
import { recordsOf } from '../../record/records.ts'
import type { LongestLine } from '../source.ts'

/** The two encodings of OTLP over HTTP, by their `Content-Type`. */
export const PROTOBUF = 'application/x-protobuf'
export const JSON_TYPE = 'application/json'
export type LogsType = typeof PROTOBUF | typeof JSON_TYPE

/** Log records, scopes and resources of a request, and the attributes of these. */
const MOST_ELEMENTS = 1_000_000
/** Attributes of a log record, and values in their arrays and maps. */
const MOST_VALUES = 10_000
/** Messages in messages, as other readers of protobuf allow. */
const MOST_DEPTH = 100
const OF_RECORD: ReadLimits = { depth: MOST_DEPTH, elements: MOST_VALUES }
const OF_REQUEST: ReadLimits = { depth: MOST_DEPTH, elements: MOST_ELEMENTS }

export type LogsLimits = {
  readonly longest: LongestLine
  /** The most bytes of all records. */
  readonly bytes: number
}

export type TakenLogs = {
  readonly records: Records
  /** Log records that were not taken, and why the first of them was not. */
  readonly rejected: number
  readonly why: string
}

/** Why all records of a request are too much, though each may be taken. */
export class TooManyBytes extends Error {}

/**
 * The records of a body. `arrivalMs`: when it came. Throws a MalformedMessage or an OversizedMessage where it cannot be decoded, and
 * TooManyBytes.
 */
export function logsOf(body: Uint8Array, type: LogsType, limits: LogsLimits, arrivalMs: number): TakenLogs {
  const { request, read } = opened(body, type)
  const lines: Uint8Array[] = []
  let [bytes, rejected, why, number] = [0, 0, '', 0]
  for (const { resource, scopeLogs = [] } of request.resourceLogs ?? []) {
    for (const { scope, logRecords = [] } of scopeLogs) {
      const shared = sharedMembers(resource, scope)
      for (const unread of logRecords) {
        const line = lineOf(number++, () => recordLine(read(LOG_RECORD, unread, OF_RECORD), shared, arrivalMs), limits)
        if (typeof line === 'string') {
          if (rejected++ === 0) why = line
          continue
        }
        bytes += line.length
        if (bytes > limits.bytes) throw new TooManyBytes()
        lines.push(line)
      }
    }
  }
  return { records: recordsOf(lines), rejected, why }
}

type Read = <Value>(message: MessageOf<Value>, unread: unknown, limits: ReadLimits) => Value

function opened(body: Uint8Array, type: LogsType) {
  if (type === JSON_TYPE) {
    const request = readJson(LOGS_REQUEST, parseExact(Buffer.from(body).toString()), OF_REQUEST)
    return { request, read: readJson as Read }
  }
  const read: Read = (message, unread, limits) => readWire(message, unread as Uint8Array, limits)
  return { request: readWire(LOGS_REQUEST, body, OF_REQUEST), read }
}

/** The bytes of a record, or why it is rejected. */
function lineOf(number: number, make: () => string, { longest }: LogsLimits): Uint8Array | string {
  try {
    const line = Buffer.from(make())
    return line.length <= longest.bytes ? line : `its record is ${longest.tooLong}`
  } catch (error) {
    if (error instanceof OversizedMessage) return `it has ${error.message}`
    if (error instanceof MalformedMessage) throw new MalformedMessage(`log record ${number}: ${error.message}`)
    throw error
  }
}
