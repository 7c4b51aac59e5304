/** The options of what speaks HTTP, as they stand in the pipeline file: the same for sources, sinks and notifiers. */
import * as z from 'zod'
import { eitherForm, secretOption } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { timeoutOption } from '../../base/unit-options.ts'
import { type TlsFiles, tlsOption } from '../tls.ts'

export type HttpAuth =
  | { readonly basic: { readonly user: string; readonly password: string } }
  | { readonly bearer: string }
  | { readonly header: { readonly name: string; readonly value: string } }

/** The options that all share; `readTls` reads the files of `tls`. */
export type HttpOptions = {
  readonly url: string
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly auth?: HttpAuth | undefined
  /** How long a whole answer may take. */
  readonly timeout: Duration
  readonly tls: boolean | TlsFiles
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const NO_NAME = 'a header has a name of letters, digits and hyphens'
const NO_VALUE = 'the value of a header is one line without control characters'
/** Headers that are made from the request itself: another value of them would break it. */
const OF_REQUEST = ['content-length', 'transfer-encoding', 'connection', 'accept-encoding']

const headerName = z.string().regex(NAME, NO_NAME)
const headerValue = z.string().regex(VALUE, NO_VALUE)
const secret = (schema: z.ZodType<string>): z.ZodType<string> => secretOption(schema)

const auth = z
  .strictObject({
    basic: z.strictObject({ user: z.string(), password: secret(z.string()) }).optional(),
    bearer: secret(z.string().min(1).regex(VALUE, NO_VALUE)).optional(),
    header: z.strictObject({ name: headerName, value: secret(headerValue) }).optional(),
  })
  .refine((given) => Object.keys(given).length === 1, 'name one of basic, bearer and header')
  // The refinement above says so.
  .transform((given) => given as HttpAuth) as z.ZodType<HttpAuth>

const headers = z.record(headerName, headerValue).check(({ value, issues }) => {
  for (const name of Object.keys(value)) {
    const lower = name.toLowerCase()
    const message = OF_REQUEST.includes(lower)
      ? 'is made from the request itself: leave it out'
      : lower === 'authorization'
        ? "would be shown with the file: write auth: { header: { name: Authorization, value: '…' } }, or bearer or basic"
        : undefined
    if (message !== undefined)
      issues.push({ code: 'custom', message: `${name} ${message}`, input: value, path: [name] })
  }
})

const url = z.string().check(({ value, issues }) => {
  const parsed = URL.parse(value)
  const refuse = (message: string) => issues.push({ code: 'custom', message, input: value })
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    refuse('expected an address as http://HOST:PORT/PATH or https://HOST/PATH')
  } else if (parsed.username !== '' || parsed.password !== '') {
    refuse('the address has a user in it: write auth: { basic: { user: …, password: … } } instead')
  }
})

/** The names and values of headers; a number or boolean as a value stands for its text. */
const httpHeaders: z.ZodType<HttpOptions['headers']> = eitherForm(
  headers,
  (value) =>
    isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)])) : value,
  { type: 'object' },
)

/** The schema of each of these options, for the options of a source, a sink or a notifier. */
export const httpOptions: {
  readonly url: z.ZodType<string>
  readonly headers: z.ZodType<HttpOptions['headers']>
  readonly auth: z.ZodType<HttpAuth | undefined>
  readonly timeout: z.ZodType<Duration>
  readonly tls: z.ZodType<boolean | TlsFiles>
} = {
  url,
  headers: httpHeaders.optional(),
  auth: auth.optional(),
  timeout: timeoutOption('10s'),
  tls: tlsOption.prefault(true),
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value

/** The header that `auth` stands for; undefined without `auth`. */
export function authHeader(given: HttpAuth | undefined): { readonly name: string; readonly value: string } | undefined {
  if (given === undefined) return undefined
  if ('header' in given) return { name: given.header.name.toLowerCase(), value: given.header.value }
  if ('bearer' in given) return { name: 'authorization', value: `Bearer ${given.bearer}` }
  const { user, password } = given.basic
  return { name: 'authorization', value: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** The texts of `auth` that no message may show. */
export function authSecrets(given: HttpAuth | undefined): readonly string[] {
  if (given === undefined) return []
  const made = authHeader(given)?.value ?? ''
  const inner = 'header' in given ? given.header.value : 'bearer' in given ? given.bearer : given.basic.password
  return [made, inner].filter((text) => text !== '')
}
