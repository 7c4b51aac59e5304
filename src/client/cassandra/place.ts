/** Where a cluster is, and how it is spoken to, as options of the pipeline file. Apart from the session, which loads the driver. */
import * as z from 'zod'
import { eitherForm, secretOption } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { timeoutOption } from '../../base/unit-options.ts'
import { type TlsFiles, tlsOption } from '../tls.ts'
import { isTableName } from './names.ts'

const DEFAULT_PORT = 9042
const CONSISTENCIES = [
  'any',
  'one',
  'two',
  'three',
  'quorum',
  'all',
  'local_quorum',
  'each_quorum',
  'local_one',
] as const

export type Consistency = (typeof CONSISTENCIES)[number]

export type ContactPoint = { readonly host: string; readonly port: number }

export type PlaceOptions = {
  /** Nodes to begin with; they tell of all others. */
  readonly contact_points: readonly ContactPoint[]
  readonly local_datacenter: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly tls: boolean | TlsFiles
  readonly timeout: Duration
}

const contactPoint: z.ZodType<ContactPoint, string> = z.string().transform((text, context): ContactPoint => {
  const found = parseContactPoint(text)
  if (found !== undefined) return found
  context.addIssue(`'${text}' is no contact point: write HOST or HOST:PORT, as 127.0.0.1:9042`)
  return z.NEVER
})

/** `a:9042,b` in, a list out. */
const contactPoints = eitherForm(
  z.array(contactPoint).min(1),
  (value) => (typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value),
  { type: 'string' },
)

/** The schema of each of these options, for the options of a sink or a table. */
export const placeOptions: {
  readonly contact_points: z.ZodType<readonly ContactPoint[]>
  readonly local_datacenter: z.ZodType<string>
  readonly username: z.ZodType<string | undefined>
  readonly password: z.ZodType<string | undefined>
  readonly tls: z.ZodType<boolean | TlsFiles>
  readonly timeout: z.ZodType<Duration>
} = {
  contact_points: contactPoints,
  local_datacenter: z.string().min(1).prefault('datacenter1'),
  username: z.string().min(1).optional(),
  password: secretOption(z.string()).optional(),
  tls: tlsOption.prefault(false),
  timeout: timeoutOption('10s'),
}

/** How many nodes must have a write, or answer a read; in capitals or not. */
export const consistencyOption: z.ZodType<Consistency> = eitherForm(
  z.enum(CONSISTENCIES),
  (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  { enum: CONSISTENCIES.map((name) => name.toUpperCase()) },
).prefault('QUORUM')

/** The name of a keyspace or of a table, as cqlsh reads it. */
export const tableName: z.ZodType<string> = z
  .string()
  .refine(isTableName, 'a keyspace or table has up to 48 letters, digits and underscores; "Quotes" keep capitals')

/** The point in a text; undefined where it is none. */
export function parseContactPoint(text: string): ContactPoint | undefined {
  const found = /^(?:\[([\da-fA-F:.]+)\]|([^\s:/,[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3] ?? DEFAULT_PORT)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/** All contact points, for messages. */
export const shownPoints = (points: readonly ContactPoint[]): string => points.map(shownPoint).join(',')

/** `HOST:PORT`, with an IPv6 address in brackets. */
export const shownPoint = ({ host, port }: ContactPoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
