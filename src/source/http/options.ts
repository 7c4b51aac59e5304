/** The options of the source `http`, as they stand in the pipeline file. */
import * as z from 'zod'
import type { Duration } from '../../base/quantity.ts'
import { openSchedule } from '../../base/schedule.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { type HttpOptions, httpOptions } from '../../client/http/options.ts'
import { type JsonPath, parseJsonPath } from './json-path.ts'

/** How one page leads to the next. */
export type Paging =
  /** `header`: the answer's header `Link` with `rel="next"`. */
  | { readonly kind: 'link'; readonly from: JsonPath | 'header'; readonly limit: number }
  | {
      readonly kind: 'cursor'
      readonly from: JsonPath
      readonly query: string
      readonly stays: boolean
      readonly limit: number
    }
  /** The value of the first page, and how much more that of each next one is. */
  | {
      readonly kind: 'page'
      readonly query: string
      readonly from: number
      readonly by: number
      readonly limit: number
    }

export type HttpSourceOptions = HttpOptions & {
  readonly every?: Duration | undefined
  readonly at?: string | undefined
  readonly method?: string | undefined
  readonly query?: { readonly [name: string]: string } | undefined
  readonly body?: string | undefined
  readonly isJsonBody: boolean
  readonly records?: JsonPath | 'lines' | undefined
  readonly expect?: JsonPath | undefined
  readonly pages?: Paging | undefined
  readonly unchanged: 'drop' | 'keep'
  readonly max_body: number
}

const MAX_PAGES = 1000

const jsonPath: z.ZodType<JsonPath> = pathOr(undefined, 'any')

/** A path, or a word that stands for something else. `[*]` is allowed in one that may lead to several values. */
function pathOr<Word extends string | undefined>(
  word: Word,
  leadsTo: 'one' | 'any',
): z.ZodType<JsonPath | NonNullable<Word>> {
  return z.string().transform((text, context) => {
    if (text === word) return text
    const path = parseJsonPath(text)
    if (path === undefined) {
      const or = word === undefined ? '' : `, or '${word}'`
      context.addIssue(`'${text}' is not a path such as $.data[*], $.meta.next or $['a name'][0]${or}`)
    } else if (leadsTo === 'one' && path.steps.some(({ kind }) => kind === 'all')) {
      context.addIssue(`'${text}' has to lead to one value, so [*] cannot be in it`)
    } else return path
    return z.NEVER
  }) as z.ZodType<JsonPath | NonNullable<Word>>
}

const valuePath = pathOr(undefined, 'one')

const limit = z.int().min(1).max(MAX_PAGES).prefault(100)

const pages = z
  .strictObject({
    next_link: pathOr('header', 'one').optional(),
    cursor: z
      .strictObject({
        from: valuePath,
        query: z.string().min(1),
        at_end: z.enum(['again', 'stay']).prefault('again'),
      })
      .optional(),
    page: z
      .strictObject({ query: z.string().min(1), from: z.int().prefault(1), by: z.int().min(1).prefault(1) })
      .optional(),
    limit,
  })
  .transform(({ next_link, cursor, page, limit }, context): Paging => {
    const given = [next_link, cursor, page].filter((one) => one !== undefined)
    if (given.length !== 1) context.addIssue('name one of next_link, cursor and page')
    else if (next_link !== undefined) return { kind: 'link', from: next_link, limit }
    else if (cursor !== undefined) return { kind: 'cursor', ...cursor, stays: cursor.at_end === 'stay', limit }
    else if (page !== undefined) return { kind: 'page', ...page, limit }
    return z.NEVER
  }) as z.ZodType<Paging>

const parameter = z.union([z.string(), z.number(), z.boolean()]).transform(String) as z.ZodType<string>

/** A text, or what is sent as JSON. */
const body = z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])

const schedule = z.string().check(({ value, issues }) => {
  try {
    openSchedule(value, 'UTC')
  } catch (error) {
    issues.push({ code: 'custom', message: (error as Error).message, input: value })
  }
})

export const httpSourceOptions: z.ZodType<HttpSourceOptions> = z
  .strictObject({
    url: httpOptions.url,
    every: duration.refine((ms) => ms > 0, 'polls need some time between them').optional(),
    at: schedule.optional(),
    method: z
      .string()
      .regex(/^[A-Z]{3,10}$/, 'a method is one word in capitals, as GET')
      .optional(),
    headers: httpOptions.headers,
    query: z.record(z.string().min(1), parameter).optional(),
    body: body.optional(),
    auth: httpOptions.auth,
    records: pathOr('lines', 'any').optional(),
    expect: jsonPath.optional(),
    pages: pages.optional(),
    unchanged: z.enum(['drop', 'keep']).prefault('drop'),
    timeout: httpOptions.timeout,
    max_body: byteSize.prefault('16MiB'),
    tls: httpOptions.tls,
  })
  .check(({ value, issues }) => {
    const refuse = (message: string) => issues.push({ code: 'custom', message, input: value })
    if ((value.every === undefined) === (value.at === undefined)) {
      refuse('needs either every: 10s, or at: with a schedule as "*/5 * * * *"')
    }
    if (value.pages?.kind === 'page' && value.records === undefined) {
      refuse('needs records: with page:, as the last page is known by its having none')
    }
  })
  .transform(({ body, ...given }) => ({
    ...given,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    isJsonBody: body !== undefined && typeof body !== 'string',
  }))
