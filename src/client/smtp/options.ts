/** The options of whatever sends mail, as they stand in the pipeline file: the same for the sink and for notifiers. */
import * as z from 'zod'
import { eitherForm, secretOption } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { timeoutOption } from '../../base/unit-options.ts'

export type SmtpOptions = {
  readonly host: string
  /** 587, with `tls: implicit` 465, with `tls: none` 25, unless it is named. */
  readonly port?: number | undefined
  /** `starttls`: the connection is encrypted before anything is sent, or nothing is. `implicit`: it is so from its first byte. */
  readonly tls: 'starttls' | 'implicit' | 'none'
  /** A file in PEM form with the certificates that are trusted, instead of those of the operating system. */
  readonly ca?: string | undefined
  readonly auth?: { readonly user: string; readonly password: string } | undefined
  /** How long the server may be silent. */
  readonly timeout: Duration
  /** `ADDRESS`, or `NAME <ADDRESS>`. */
  readonly from: string
  /** The same; with a template in each where they may have one. */
  readonly to: readonly string[]
}

/** Most recipients of one mail: servers have to take 100 (RFC 5321, 4.5.3.1.8). */
const MOST_RECIPIENTS = 100

const line = z.string().regex(/^[^\x00-\x1f\x7f-\x9f]+$/, 'an address is one line without control characters')
const address = line.refine(
  (text) => readAddress(text) !== undefined,
  'expected an address: ann@example.org, or Ann <ann@example.org>',
)

/** The schema of each of these options. The addresses of `to` may be templates, which only data completes. */
export const smtpOptions: {
  readonly host: z.ZodType<string>
  readonly port: z.ZodType<number | undefined>
  readonly tls: z.ZodType<SmtpOptions['tls']>
  readonly ca: z.ZodType<string | undefined>
  readonly auth: z.ZodType<SmtpOptions['auth']>
  readonly timeout: z.ZodType<Duration>
  readonly from: z.ZodType<string>
  readonly to: z.ZodType<readonly string[]>
} = {
  host: z.string().regex(/^[\w.:-]+$/, 'expected the name of a host, or its address'),
  port: z.int().min(1).max(65_535).optional(),
  tls: z.enum(['starttls', 'implicit', 'none']).prefault('starttls'),
  ca: z.string().optional(),
  auth: z.strictObject({ user: z.string().min(1), password: secretOption(z.string().min(1)) }).optional(),
  timeout: timeoutOption('30s'),
  from: address,
  to: eitherForm(
    z
      .array(z.union([address, line.refine((text) => text.includes('{{'), 'expected an address')]))
      .min(1)
      .max(MOST_RECIPIENTS),
    (value) => (typeof value === 'string' ? [value] : value),
    { type: 'string' },
  ),
}

export type MailAddress = { readonly name: string; readonly address: string }

/** No blanks, quotes, brackets, commas: one address, whatever a text of the data has in it. */
const ADDRESS = /^[^\s"'(),:;<>@[\\\]\p{Cc}]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u
/** Longest address (RFC 5321, 4.5.3.1.3, without its brackets). */
const LONGEST_ADDRESS = 254

/** Reads `ADDRESS` or `NAME <ADDRESS>`; undefined where it is neither. */
export function readAddress(text: string): MailAddress | undefined {
  if (/\p{Cc}/u.test(text)) return undefined
  const [, name = '', inner = text.trim()] = /^([^<>]*)<([^<>]*)>\s*$/u.exec(text) ?? []
  const address = inner.trim()
  if (!ADDRESS.test(address) || address.length > LONGEST_ADDRESS) return undefined
  return { name: name.trim().replace(/^"(.*)"$/u, '$1'), address }
}
