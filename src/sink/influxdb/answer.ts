/**
 * What the answer to a write means. InfluxDB takes what it can of a body, and answers 400 or 422 where points are left out:
 *
 *   partial write: unable to parse 'm,t=a x=NaN 1000': invalid number dropped=0       each line that is not a point
 *   partial write: field type conflict: input field "x" on measurement "m" is type string, already exists as type float dropped=2
 *   partial write: points beyond retention policy dropped=1                           how many, and not which
 *
 * A point that was taken can be written again, so rows that are not named are found by smaller batches.
 */
import { Failure } from '../../base/failure.ts'
import { byteText } from '../../base/units.ts'
import type { HttpAnswer } from '../../client/http/client.ts'
import type { EncodedPoints } from './line/encoder.ts'

export type Answered =
  | { readonly kind: 'taken' }
  /** These rows are refused. The others may be taken or not. */
  | { readonly kind: 'rows'; readonly refused: ReadonlyMap<number, string>; readonly areAll: boolean }
  /** Some rows are refused, and it is not known which. */
  | { readonly kind: 'batch'; readonly reason: string }
  /** The write failed for a reason that is not in its rows. */
  | { readonly kind: 'failed' }

/** What the answer says of these points. */
export function answered({ status, body }: Pick<HttpAnswer, 'status' | 'body'>, points: EncodedPoints): Answered {
  if (status >= 200 && status < 300) return { kind: 'taken' }
  if (status === 413) {
    return { kind: 'batch', reason: `InfluxDB takes no body of ${byteText(points.bytes.length)} (413)` }
  }
  if (status !== 400 && status !== 422) return { kind: 'failed' }
  const message = messageOf(body)
  const reason = message === '' ? `InfluxDB refuses it (${status})` : message
  const [, dropped = '0'] = /\bdropped=(\d+)\s*$/.exec(message) ?? []
  if (Number(dropped) === points.count) {
    const all = Array.from(points.rows.subarray(0, points.count), (row) => [row, withoutCount(reason)] as const)
    return { kind: 'rows', refused: new Map(all), areAll: true }
  }
  const refused = unparsed(message, points)
  if (refused.size > 0) return { kind: 'rows', refused, areAll: false }
  return { kind: 'batch', reason: withoutCount(reason) }
}

const withoutCount = (reason: string): string => reason.replace(/^partial write: /, '').replace(/ dropped=\d+\s*$/, '')

/** The message of an answer: version 1 calls it `error`, version 2 `message`. */
export function messageOf(body: Uint8Array): string {
  const text = Buffer.from(body).toString().trim()
  try {
    const { error, message } = JSON.parse(text) as { readonly error?: unknown; readonly message?: unknown }
    return String(message ?? error ?? text)
  } catch {
    return text
  }
}

/** The rows whose lines the message names, with what it says of each. */
function unparsed(message: string, { bytes, rows, ends, count }: EncodedPoints): ReadonlyMap<number, string> {
  const refused = new Map<number, string>()
  if (!message.includes(NAMED)) return refused
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let point = 0; point < count; point++) {
    const line = lines.toString('utf8', point === 0 ? 0 : ends[point - 1], (ends[point] as number) - 1)
    const named = `${NAMED}${line}': `
    const at = message.indexOf(named)
    if (at < 0) continue
    const [said = ''] = message.slice(at + named.length).split(/\n| dropped=/, 1)
    refused.set(rows[point] as number, `InfluxDB cannot parse its point: ${said}`)
  }
  return refused
}

const NAMED = "unable to parse '"

/** Where points are written to, for messages. */
export type WritePlace = { readonly url: string; readonly bucket: string }

/** The Failure of a write that failed for a reason that is not in its rows; `other` is that of any answer. */
export function writeFailure(
  { status, body }: Pick<HttpAnswer, 'status' | 'body'>,
  { url, bucket }: WritePlace,
  other: Failure,
): Failure {
  const said = messageOf(body)
  const quoted = said === '' || said.length > MOST_QUOTED ? '' : ` (${said})`
  switch (status) {
    case 401:
      return new Failure('denied', `InfluxDB at ${url} does not know the \`token\`${quoted}`, {
        hint: 'On InfluxDB 1 it is USER:PASSWORD.',
      })
    case 403:
      return new Failure('denied', `InfluxDB at ${url} does not let this \`token\` write to bucket ${bucket}${quoted}`)
    case 404:
      return new Failure('not-found', `there is no bucket ${bucket} in InfluxDB at ${url}${quoted}`, {
        hint: `Make it: influx bucket create --name ${bucket}, or on InfluxDB 1: CREATE DATABASE "${bucket.split('/')[0]}".`,
      })
    default:
      return other
  }
}

const MOST_QUOTED = 200
