/** Runs source `otlp`, and posts to it in either encoding. */
import { type Delivered, linesOf, runSource, type SourceRun } from '../../../test/contract/source.ts'
import { parseExact, readJson } from '../../client/otlp/json-read.ts'
import { writeJson } from '../../client/otlp/json-write.ts'
import type { MessageOf } from '../../client/otlp/message.ts'
import {
  type AnyValue,
  LOG_RECORD,
  LOGS_REQUEST,
  type LogRecord,
  type LogsRequest,
} from '../../client/otlp/messages.ts'
import { readWire } from '../../client/otlp/wire-read.ts'
import { writeWire } from '../../client/otlp/wire-write.ts'
import { JSON_TYPE, type LogsType, PROTOBUF } from './logs-request.ts'
import { otlpSource } from './otlp.ts'

export const TYPES: readonly LogsType[] = [PROTOBUF, JSON_TYPE]

const LIMITS = { depth: 100, elements: 1_000_000 }

/** The bytes of a message in an encoding. */
export const encode = <Value>(message: MessageOf<Value>, value: Value, type: LogsType): Buffer =>
  type === PROTOBUF ? writeWire(message, value) : Buffer.from(writeJson(message, value))

/** The message of these bytes. */
export const decode = <Value>(message: MessageOf<Value>, bytes: Uint8Array, type: string | null): Value =>
  type === PROTOBUF
    ? readWire(message, bytes, LIMITS)
    : readJson(message, parseExact(Buffer.from(bytes).toString()), LIMITS)

/** A request of one scope with these log records. */
export function requestOf(
  records: readonly LogRecord[],
  type: LogsType,
  more: Omit<NonNullable<LogsRequest['resourceLogs']>[number], 'scopeLogs'> = {},
): Buffer {
  const unread = (record: LogRecord) =>
    type === PROTOBUF ? writeWire(LOG_RECORD, record) : JSON.parse(writeJson(LOG_RECORD, record))
  return encode(LOGS_REQUEST, { resourceLogs: [{ ...more, scopeLogs: [{ logRecords: records.map(unread) }] }] }, type)
}

export const text = (stringValue: string): AnyValue => ({ stringValue })

export type Answered = { readonly status: number; readonly headers: Headers; readonly body: Uint8Array }
export type PostLogs = (
  body: Uint8Array,
  type: string,
  headers?: Record<string, string>,
  path?: string,
) => Promise<Answered>

export const urlOf = (describe: string): string => describe.replace('otlp ', '')

/** Runs the source while `use` sends requests, then stops it. Gives the lines of all deliveries. */
export async function withOtlp(
  more: object,
  use: (post: PostLogs, url: string) => Promise<void>,
  run: SourceRun = {},
): Promise<readonly string[]> {
  const stop = new AbortController()
  const all: readonly Delivered[] = await runSource(
    otlpSource,
    { listen: '127.0.0.1:0', timeout: '5s', ...more },
    {
      untilEnd: false,
      signal: stop.signal,
      ...run,
      async started(describe) {
        const url = urlOf(describe)
        const post: PostLogs = async (body, type, headers = {}, path = '/v1/logs') => {
          const answer = await fetch(url + path, {
            method: 'POST',
            body: Buffer.from(body),
            headers: { 'content-type': type, ...headers },
          })
          return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
        }
        try {
          await use(post, url)
        } finally {
          stop.abort()
        }
      },
    },
  )
  return linesOf(all)
}
