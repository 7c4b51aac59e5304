/** What of an HTTP request is about lines: the kind of its content, its key, and the lines of its body. */
import type { IncomingHttpHeaders } from 'node:http'
import { kindOfBytes } from '../../bytes/kind.ts'
import { refusal } from '../../bytes/refusal.ts'
import type { Records } from '../../record/column.ts'
import { holeText } from '../../record/nuls.ts'
import type { OtherNames } from '../../record/spans.ts'
import { linesOfWholeBody } from '../body-lines.ts'
import { namesFailure } from '../other-names.ts'
import { RequestError } from '../request-error.ts'
import type { LongestLine, SourceContext } from '../source.ts'

const MAX_KEY_LENGTH = 255
/** `curl --data-binary` sends any bytes as x-www-form-urlencoded. */
const LINES = /^(text\/|application\/(x-)?(ndjson|jsonl|json|json-lines|octet-stream|www-form-urlencoded)\b|$)/i

/** Throws a RequestError where the content is no lines. */
export function checkLinesType(type = ''): void {
  if (LINES.test(type)) return
  const hint = 'send text/plain or application/x-ndjson, one line a record'
  throw new RequestError(415, `Content-Type ${type} is not taken: ${hint}`)
}

/** The idempotency key of a request, if it has one. Throws a RequestError if the key is empty or too long. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  const text = String(key)
  if (text !== '' && text.length <= MAX_KEY_LENGTH) return text
  throw new RequestError(400, `an Idempotency-Key has 1 to ${MAX_KEY_LENGTH} characters`)
}

/** Refuses a body that is no lines: it is no text, packed without saying so, or an array of JSON. */
function refuseOther(body: Uint8Array, type = ''): void {
  const kind = kindOfBytes(body)
  if (kind.kind === 'packed') {
    throw new RequestError(
      415,
      `the body is packed with ${kind.packing}: say so with Content-Encoding: ${kind.packing}`,
    )
  }
  if (kind.kind === 'other') throw new RequestError(415, `${refusal('the body', kind).message}: send lines of UTF-8`)
  if (/json/i.test(type) && /^\s*\[/.test(Buffer.from(body.subarray(0, 64)).toString('latin1'))) {
    throw new RequestError(400, 'a JSON array is not lines: send one object a line (NDJSON)')
  }
}

/** The lines of a body. Throws a RequestError where one is longer than `longest`, or it has none; a warning says where NULs are left out. */
export function linesOfBody(
  body: Uint8Array,
  { longest, type }: { readonly longest: LongestLine; readonly type: string | undefined },
  context: Pick<SourceContext, 'form' | 'warn'>,
): Records {
  refuseOther(body, type)
  const tooLong = (position: number) => {
    throw new RequestError(413, `the line at byte ${position} is ${longest.tooLong}: no line was taken`)
  }
  const hole = (position: number, bytes: number) => context.warn(holeText('a body', position, bytes))
  const names = (found: OtherNames) => {
    throw new RequestError(422, `${namesFailure('the body', found).message}: no line was taken`)
  }
  return linesOfWholeBody(body, longest.bytes, context.form, { tooLong, hole, names })
}
