/** Texts as BYTES of a character set and back: ENCODE, DECODE, UNHEX, and the casts to BINARY(n) and VARBINARY(n). */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { BYTES, STRING } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { define } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, fail } from '../output.ts'
import { literalText, textOfRow } from './bytes.ts'
import { TextOutput } from './output.ts'

type Charset = { encode(text: string): Uint8Array; decode(bytes: Uint8Array): string }

/** A text whose characters are at most `last`; any other is a ? in it. */
const narrow = (text: string, last: number): Uint8Array =>
  Uint8Array.from(
    Array.from(text, (character) => character.codePointAt(0) as number),
    (code) => (code > last ? 0x3f : code),
  )

const swapped = (bytes: Uint8Array): Uint8Array => {
  const even = bytes.length & ~1
  const turned = Buffer.from(bytes)
  turned.subarray(0, even).swap16()
  return turned
}

const little = (bytes: Uint8Array): string => new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes)
const big = (bytes: Uint8Array): string => little(swapped(bytes))
const encodeBig = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** As Java has them: what a set has no character for is a ?, and bytes without a meaning are U+FFFD. */
const CHARSETS: ReadonlyMap<string, Charset> = new Map<string, Charset>([
  [
    'US-ASCII',
    {
      encode: (text) => narrow(text, 0x7f),
      decode: (bytes) =>
        Buffer.from(bytes)
          .toString('latin1')
          .replace(/[^\0-\x7f]/g, '\ufffd'),
    },
  ],
  ['ISO-8859-1', { encode: (text) => narrow(text, 0xff), decode: (bytes) => Buffer.from(bytes).toString('latin1') }],
  [
    'UTF-8',
    {
      encode: (text) => Buffer.from(text),
      decode: (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
    },
  ],
  ['UTF-16BE', { encode: encodeBig, decode: big }],
  ['UTF-16LE', { encode: (text) => Buffer.from(text, 'utf16le'), decode: little }],
  [
    'UTF-16',
    {
      encode: (text) => (text === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.of(0xfe, 0xff), encodeBig(text)])),
      decode(bytes) {
        const [first, second] = bytes
        if (first === 0xff && second === 0xfe) return little(bytes.subarray(2))
        return big(first === 0xfe && second === 0xff ? bytes.subarray(2) : bytes)
      },
    },
  ],
])

const ALIASES: Readonly<Record<string, string>> = {
  ASCII: 'US-ASCII',
  'ISO646-US': 'US-ASCII',
  LATIN1: 'ISO-8859-1',
  'ISO8859-1': 'ISO-8859-1',
  ISO8859_1: 'ISO-8859-1',
  ISO_8859_1: 'ISO-8859-1',
  'ISO_8859-1': 'ISO-8859-1',
  UTF8: 'UTF-8',
  UTF16: 'UTF-16',
  UTF_16: 'UTF-16',
  UTF_16BE: 'UTF-16BE',
  UTF_16LE: 'UTF-16LE',
}

function charsetOf(name: string): Charset | undefined {
  const upper = name.toUpperCase()
  return CHARSETS.get(ALIASES[upper] ?? upper)
}

const unknown = (name: string): string => `there is no character set ${name} here`
const hint = `The character sets are ${[...CHARSETS.keys()].join(', ')}.`

/** Refuses a constant that names no character set. */
function checkCharset([, charset]: readonly Expression[]): void {
  const name = literalText(charset)
  if (charset === undefined || name === undefined || charsetOf(name) !== undefined) return
  throw new TypeProblem(unknown(name), hint, charset)
}

/** Writes what `convert` makes of each row and its character set. */
function charsetRows(
  convert: (charset: Charset, column: StringColumn, row: number) => string | Uint8Array,
): () => Compute {
  return () => {
    const output = new TextOutput()
    return (columns, count) => {
      const [values, names] = columns as [StringColumn, StringColumn]
      output.begin(count)
      for (let row = 0; row < count; row++) {
        if (anyNull(columns, row)) continue
        const name = textOfRow(names, row)
        const charset = charsetOf(name)
        if (charset === undefined) fail(output.column, row, unknown(name))
        else writeRow(output, row, convert(charset, values, row))
      }
      return output.finish()
    }
  }
}

function writeRow(output: TextOutput, row: number, value: string | Uint8Array): void {
  output.open(row)
  if (typeof value === 'string') output.text(value)
  else output.range(value, 0, value.length)
  output.close(row)
}

const bytesOfRow = ({ bytes, start, end }: StringColumn, row: number): Uint8Array =>
  bytes.subarray(start[row], end[row])

const encode = define({
  summary: 'The bytes of a text in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE or UTF-16LE.',
  usage: 'ENCODE(text, charset)',
  takes: ['string', 'string'],
  gives: BYTES,
  check: checkCharset,
  open: charsetRows((charset, column, row) => charset.encode(textOfRow(column, row))),
})

const decode = define({
  summary: 'The text whose bytes these are in a character set.',
  usage: 'DECODE(bytes, charset)',
  takes: ['bytes', 'string'],
  gives: STRING,
  check: checkCharset,
  open: charsetRows((charset, column, row) => charset.decode(bytesOfRow(column, row))),
})

const unhex = define({
  summary: 'The bytes that are written in hexadecimal; NULL for a text with other signs.',
  usage: 'UNHEX(text)',
  takes: ['string'],
  gives: BYTES,
  open() {
    const output = new TextOutput()
    return (columns, count) => {
      output.begin(count)
      for (let row = 0; row < count; row++) {
        if (anyNull(columns, row)) continue
        const digits = textOfRow(columns[0] as StringColumn, row)
        if (!/^[0-9A-Fa-f]*$/.test(digits)) output.setNull(row)
        // As in Flink, the first of an odd number of digits is dropped, and a zero stands for it.
        else writeRow(output, row, Buffer.from(digits.length % 2 === 0 ? digits : `00${digits.slice(1)}`, 'hex'))
      }
      return output.finish()
    }
  },
})

/** CAST AS VARBINARY(n) cuts bytes off; CAST AS BINARY(n) also adds zeros. */
const toLength = (name: 'BINARY' | 'VARBINARY', isPadded: boolean): ScalarFunction =>
  define({
    name: `CAST AS ${name}`,
    summary: `The bytes cut${isPadded ? ', or filled with zeros,' : ''} to n.`,
    usage: `CAST(bytes AS ${name}(n))`,
    takes: ['bytes', 'int'],
    gives: BYTES,
    open() {
      const output = new TextOutput()
      return (columns, count) => {
        const [values, lengths] = columns as [StringColumn, IntColumn]
        output.begin(count)
        for (let row = 0; row < count; row++) {
          if (anyNull(columns, row)) continue
          const length = lengths.values[row] as number
          const bytes = bytesOfRow(values, row).subarray(0, length)
          output.open(row)
          output.range(bytes, 0, bytes.length)
          const missing = isPadded ? length - bytes.length : 0
          output.range(new Uint8Array(missing), 0, missing)
          output.close(row)
        }
        return output.finish()
      }
    },
  })

export const charsetFunctions: readonly ScalarFunction[] = [
  encode,
  decode,
  unhex,
  toLength('BINARY', true),
  toLength('VARBINARY', false),
]
