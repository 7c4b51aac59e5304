/** The options of the sink `http`, which its presets are spelled out to. */
import * as z from 'zod'
import { type HttpOptions, httpOptions } from '../../client/http/options.ts'
import type { WrittenBody } from '../../template/json-body.ts'

export type HttpSinkOptions = HttpOptions & {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET'
  /** Parameters behind the `?`; the values are templates. */
  readonly query?: { readonly [name: string]: string } | undefined
  /** A request for each row; or one for many, with a JSON array of them, or with a line for each. */
  readonly send: 'single' | 'array' | 'lines'
  /** What is made of a row; the row as JSON by default. With `lines`, a list is a line for each of its parts. */
  readonly body?: WrittenBody | undefined
  /** With `array` or `lines`: a template around the rows, which are `{{ rows }}` in it. */
  readonly envelope?: string | undefined
  readonly gzip: boolean
  /** `bulk`: the answer says of each row whether it was taken, as that of `_bulk` of Elasticsearch does. */
  readonly answer: 'status' | 'bulk'
  /** Statuses that are about the row, besides those which always are. */
  readonly refuse: readonly number[]
}

/** The name of the rows in an envelope. */
export const ROWS = 'rows'

/** A number or boolean stands for its text. */
export const textOption: z.ZodType<string> = z.union([z.string(), z.number(), z.boolean()]).transform(String)

const body: z.ZodType<WrittenBody> = z.union(
  [z.string().min(1), z.array(z.unknown()).min(1), z.record(z.string(), z.unknown())],
  'a body is a text, or a group of keys or a list, which is JSON',
)

export const httpSinkOptions: z.ZodType<HttpSinkOptions> = z
  .strictObject({
    ...httpOptions,
    method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE', 'GET']).prefault('POST'),
    query: z.record(z.string().min(1), textOption).optional(),
    send: z.enum(['single', 'array', 'lines']).prefault('single'),
    body: body.optional(),
    envelope: z.string().min(1).optional(),
    gzip: z.boolean().prefault(false),
    answer: z.enum(['status', 'bulk']).prefault('status'),
    refuse: z.array(z.int().min(400).max(599)).prefault([]),
  })
  .refine(({ send, envelope }) => send !== 'single' || envelope === undefined, {
    path: ['envelope'],
    message: 'goes around several rows: send array or lines with it',
  })
  .refine(({ send, answer }) => send !== 'single' || answer === 'status', {
    path: ['answer'],
    message: 'of several rows: send array or lines with it',
  })
