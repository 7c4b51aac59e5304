/** Formats of random variables and texts, and lines with random values as a server would write them. */
import fc from 'fast-check'
import type { Value } from '../../record/column.ts'

/** A value as the server writes it, and the columns that it gives. */
export type Written = { readonly text: string; readonly columns: Readonly<Record<string, Value>> }

type Server = 'nginx' | 'apache'
type Variable = { readonly nginx?: string; readonly apache?: string; readonly value: fc.Arbitrary<Written> }

/** Bytes as a string in Latin-1, written in one of the four ways. */
export const escapes = {
  default: (value: string): string =>
    value.replaceAll(/["\\\x00-\x1f\x7f-\xff]/g, (char) => `\\x${hex(char).toUpperCase()}`),
  apache: (value: string): string =>
    value.replaceAll(/["\\\x00-\x1f\x7f-\xff]/g, (char) => {
      const letter = { '\b': 'b', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\', '"': '"' }[char]
      return letter === undefined ? `\\x${hex(char)}` : `\\${letter}`
    }),
  json: (value: string): string =>
    value.replaceAll(/["\\\x00-\x1f]/g, (char) => {
      const letter = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\\': '\\', '"': '"' }[char]
      return letter === undefined ? `\\u00${hex(char).toUpperCase()}` : `\\${letter}`
    }),
  none: (value: string): string => value.replaceAll(/["\\\x00-\x1f]/g, '_'),
}

export type Escaping = keyof typeof escapes

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0')
const utf8 = new TextDecoder()
/** What a column shows of bytes. */
const shown = (latin1: string): string => utf8.decode(Buffer.from(latin1, 'latin1'))

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (value: number): string => String(value).padStart(2, '0')
const second = fc.integer({ min: 0, max: 2_000_000_000 }).map((each) => each * 1000)
const day = (ms: number): string => {
  const date = new Date(ms)
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`
}

// A word of a colon alone would be part of a list before it.
const word = fc.string({ unit: fc.constantFrom(...'abzAZ09.:_/'), maxLength: 20 }).map((each) => `w${each}`)
const whole = fc.oneof(fc.nat(1000), fc.maxSafeInteger().map(Math.abs))
const decimal = fc.nat(9_999_999).map((ms) => (ms / 1000).toFixed(3))

/** Values that end by themselves or at a space, by the names of their columns. */
const PLAIN: readonly (Variable & { readonly column: string })[] = [
  { nginx: '$remote_addr', apache: '%h', column: 'host', value: word.map((text) => one('host', text, text)) },
  {
    nginx: '$server_name',
    apache: '%V',
    column: 'server_name',
    value: word.map((text) => one('server_name', text, text)),
  },
  {
    nginx: '$my_own',
    apache: '%{OWN}n',
    column: '',
    value: word.map((text) => ({ text, columns: { my_own: text, note_own: text } })),
  },
  {
    nginx: '$bytes_sent',
    apache: '%O',
    column: 'bytes_sent',
    value: whole.map((each) => one('bytes_sent', String(each), BigInt(each))),
  },
  { nginx: '$pid', apache: '%P', column: 'pid', value: whole.map((each) => one('pid', String(each), BigInt(each))) },
  {
    nginx: '$status',
    apache: '%>s',
    column: 'status',
    value: fc.nat(999).map((each) => one('status', String(each).padStart(3, '0'), each)),
  },
  {
    nginx: '$request_time',
    column: 'request_time',
    value: decimal.map((text) => one('request_time', text, Number(text))),
  },
  { nginx: '[$time_local]', apache: '%t', column: 'ts', value: second.map((ms) => one('ts', `[${day(ms)}]`, ms)) },
  {
    nginx: '$upstream_addr',
    apache: '%{X-Forwarded-For}i',
    column: '',
    value: fc
      .array(fc.tuple(word, fc.constantFrom(', ', ' : ')), { minLength: 1, maxLength: 4 })
      .map((each) => each.map(([text, gap], i) => (i === 0 ? text : gap + text)).join(''))
      .map((text) => ({ text, columns: { upstream_addr: text, http_x_forwarded_for: text } })),
  },
]

/** Requests, whose parts the tests compare only between the kernel and the reader. */
const PATHS: readonly Variable[] = [
  ...['"', ''].map(
    (quote): Variable => ({
      nginx: `${quote}$request_uri${quote}`,
      apache: `${quote}%U%q${quote}`,
      value: word.map((text) => ({ text: `${quote}/${text}${quote}`, columns: {} })),
    }),
  ),
  { apache: '"%q"', value: fc.constantFrom('"?a=b"', '""', '"?"').map((text) => ({ text, columns: {} })) },
  {
    nginx: '"$request"',
    apache: '"%r"',
    value: fc
      .tuple(
        fc.constantFrom('GET', 'M-SEARCH', 'get', ''),
        word,
        fc.constantFrom(' HTTP/1.1', ' HTTP/2', '', '  HTTP/1.0'),
      )
      .map(([method, target, protocol]) => ({ text: `"${method} /${target}?a?b${protocol}"`, columns: {} })),
  },
  {
    nginx: '$uri$is_args$args',
    value: fc.constantFrom('/a-', '/a?b', '--', '/a?b-').map((text) => ({ text, columns: {} })),
  },
  {
    nginx: '$host$request_uri',
    value: fc.constantFrom('a/b?c', 'a-', 'a', '-/', 'a-b-').map((text) => ({ text, columns: {} })),
  },
]

const one = (column: string, text: string, value: Value): Written => ({ text, columns: { [column]: value } })

const anyByte = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 32, max: 126 }) },
  { weight: 2, arbitrary: fc.nat(255) },
  { weight: 1, arbitrary: fc.constantFrom(34, 92, 32, 45) },
)
const anyText = fc.array(anyByte, { maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
/** Names of variables in quotes, of nginx and Apache, and their columns. */
const QUOTED = [
  ['$http_referer', '%{Referer}i', 'referer'],
  ['$http_user_agent', '%{User-Agent}i', 'agent'],
  ['$http_x_a', '%{X-A}i', 'http_x_a'],
  ['$sent_http_x_b', '%{X-B}o', 'sent_http_x_b'],
] as const

export type Sample = {
  readonly format: string
  readonly lines: readonly string[]
  readonly rows: readonly Readonly<Record<string, Value>>[]
}

/** A format of a server, and lines with what they mean; `hasPaths`: also with fields whose meaning is not given. */
export function samples(server: Server, escaping: Escaping, hasPaths: boolean = false): fc.Arbitrary<Sample> {
  const known = [...PLAIN, ...(hasPaths ? PATHS : [])].filter((variable) => variable[server] !== undefined)
  const isEmptyNull = escaping === 'json' || escaping === 'none'
  const quoted = QUOTED.map(
    ([nginx, apache, column]): Variable => ({
      nginx: `"${nginx}"`,
      apache: `"${apache}"`,
      value: anyText.map((value) => {
        const kept = escaping === 'none' ? escapes.none(value) : value
        const isNull = isEmptyNull ? kept === '' : kept === '-'
        return one(column, `"${escapes[escaping](value)}"`, isNull ? null : shown(kept))
      }),
    }),
  )
  return fc
    .tuple(
      fc.shuffledSubarray([...known, ...quoted], { minLength: 1 }),
      fc.constantFrom(' ', ' | ', '\t', ' x= '),
      fc.constantFrom('', '{', 'a '),
      fc.constantFrom('', '}'),
    )
    .chain(([variables, gap, head, tail]) =>
      fc
        .array(fc.tuple(...variables.map(({ value }) => value)), { minLength: 1, maxLength: 5 })
        .map((lines): Sample => {
          const names = variables.map((variable) => variable[server] as string)
          // A single string in quotes would be taken for one of the configuration.
          const isBare = names.length > 1 || head !== ''
          const first = isBare ? head : 'a '
          return {
            format: first + names.join(gap) + tail,
            lines: lines.map((values) => first + values.map(({ text }) => text).join(gap) + tail),
            rows: lines.map((values) => Object.assign({}, ...values.map(({ columns }) => columns))),
          }
        }),
    )
}
