/** The form of every error, `{ error, hint? }`, and the status that tells what kind of error it is. */
import * as z from 'zod'
import { Failure, type FailureCode } from '../base/failure.ts'
import { RequestError } from '../source/request-error.ts'

/** Hides the values that the pipeline file takes from the environment. */
export type Mask = (text: string) => string

export type ErrorBody = { readonly error: string; readonly hint?: string | undefined }

export const errorBody: z.ZodType<ErrorBody> = z.strictObject({
  error: z.string().describe('what is wrong'),
  hint: z.string().optional().describe('what to do about it'),
})

export type ErrorAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: ErrorBody
}

/** Those that are the mistake of the request; any other is trouble of the run, or of the world. */
const STATUS_OF: { readonly [code in FailureCode]?: number } = { usage: 400, pipeline: 400, sql: 400, 'not-found': 404 }
/** Of what fastify refuses. */
const WORDS: { readonly [status: number]: string } = {
  413: 'the body of a request has 64 KiB at most',
  414: 'the path of a request is too long',
  415: 'a body must be JSON, and say so: content-type: application/json',
}
const AGAIN = { 'retry-after': '1' }

/** The answer for what a handler has thrown, or fastify. */
export function errorAnswer(error: unknown, mask: Mask): ErrorAnswer {
  if (error instanceof RequestError) {
    return { status: error.status, headers: error.headers, body: { error: mask(error.message) } }
  }
  if (error instanceof Failure) {
    const body = { error: mask(error.message), ...(error.hint !== undefined && { hint: mask(error.hint) }) }
    return { status: STATUS_OF[error.code] ?? 503, headers: error.code === 'in-use' ? AGAIN : {}, body }
  }
  const { statusCode = 500, message } = error as { readonly statusCode?: number; readonly message?: string }
  const words = WORDS[statusCode]
  if (words !== undefined) return { status: statusCode, headers: {}, body: { error: words } }
  // What a person has to report is in words; where it was in the code stays here.
  const text = statusCode < 500 ? String(message) : `a bug in tailrace: ${String(error)}`
  return { status: statusCode, headers: {}, body: { error: mask(text) } }
}
