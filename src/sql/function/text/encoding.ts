/** Digests and encodings: MD5, SHA1 … SHA2, TO_BASE64, FROM_BASE64, HEX, BIN, URL_ENCODE, URL_DECODE. */
import type { StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define, defineText, fitArguments, nameIn } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, fail } from '../output.ts'
import { textRows } from '../rows.ts'
import { TextOutput } from './output.ts'

/**
 * Computes a text, or its bytes, from the bytes of each row's text, which may be no UTF-8; undefined fails the row with
 * `fault`.
 */
function byteRows(compute: (bytes: Uint8Array) => string | Uint8Array | undefined, fault = ''): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const result = compute(bytes.subarray(start[row], end[row]))
      if (result === undefined) fail(output.column, row, fault)
      else {
        output.open(row)
        if (typeof result === 'string') output.text(result)
        else output.range(result, 0, result.length)
        output.close(row)
      }
    }
    return output.finish()
  }
}

/** Node's hashes are loaded at the first call, as otherwise each start of the program would pay for them. */
const hexDigest = (algorithm: string, text: Uint8Array | string): string =>
  process.getBuiltinModule('node:crypto').createHash(algorithm).update(text).digest('hex')

/** A function of the bytes of a text; where `compute` gives undefined, the row fails with `fault`. */
const ofBytes = (
  { usage, summary }: { readonly usage: string; readonly summary: string },
  compute: (bytes: Uint8Array) => string | Uint8Array | undefined,
  fault?: string,
): ScalarFunction => define({ usage, summary, takes: ['string'], gives: STRING, open: () => byteRows(compute, fault) })

/** A function of the bytes of a text, or of BYTES. */
function ofBytesToo(
  usage: string,
  summary: string,
  compute: (bytes: Uint8Array) => string | Uint8Array | undefined,
): ScalarFunction {
  return {
    name: nameIn(usage),
    usage,
    summary,
    bind({ arguments: operands, session }) {
      const isBytes = operands[0]?.type.kind === 'BYTES'
      const cast = fitArguments(operands, [isBytes ? 'bytes' : 'string'], session)
      return { type: STRING, arguments: cast, open: () => byteRows(compute) }
    },
  }
}

const digest = (name: string, algorithm: string): ScalarFunction =>
  ofBytesToo(`${name}(text)`, `The ${name} digest of a text or of BYTES, in hexadecimal.`, (bytes) =>
    hexDigest(algorithm, bytes),
  )

const SHA2_LENGTHS = new Set([224, 256, 384, 512])

const sha2 = defineText({
  summary: 'The SHA-2 digest of a text, in hexadecimal. The number is its length in bits.',
  usage: 'SHA2(text, 224 | 256 | 384 | 512)',
  takes: ['string', 'int'],
  check([, bits]) {
    if (bits?.kind !== 'literal' || bits.value === null || SHA2_LENGTHS.has(Number(bits.value))) return
    throw new TypeProblem(`SHA2 has no digest of ${bits.value} bits`, 'write 224, 256, 384 or 512', bits)
  },
  text: ([text, bits]) =>
    SHA2_LENGTHS.has(Number(bits))
      ? hexDigest(`sha${bits}`, String(text))
      : { failed: `SHA2: there is no digest of ${bits} bits` },
})

const toBase64 = ofBytesToo('TO_BASE64(text)', 'The bytes of a text, or BYTES, in base 64.', (bytes) =>
  Buffer.from(bytes).toString('base64'),
)

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

const fromBase64 = ofBytes(
  { usage: 'FROM_BASE64(text)', summary: 'The text whose bytes are written in base 64.' },
  (bytes) => {
    const text = Buffer.from(bytes).toString('latin1')
    return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
  },
  'FROM_BASE64: the text is not base 64',
)

/** The 64 bits of an integer, or the bytes of a text. */
const hex: ScalarFunction = {
  name: 'HEX',
  summary: 'An integer, or the bytes of a text, in hexadecimal.',
  usage: 'HEX(integer | text)',
  bind({ arguments: operands, session }) {
    const text = operands[0]?.type.kind === 'STRING'
    const cast = fitArguments(operands, [text ? 'string' : 'bigint'], session)
    const bytes = () => byteRows((of) => Buffer.from(of).toString('hex').toUpperCase())
    return { type: STRING, arguments: cast, open: text ? bytes : () => textRows(([value]) => digits(value, 16)) }
  },
}

const bin = defineText({
  summary: 'An integer in binary; 64 bits where it is below 0.',
  usage: 'BIN(integer)',
  takes: ['bigint'],
  text: ([value]) => digits(value, 2),
})

const digits = (value: string | number | bigint | undefined, radix: number): string =>
  BigInt.asUintN(64, BigInt(value ?? 0))
    .toString(radix)
    .toUpperCase()

const urlEncode = ofBytes(
  { usage: 'URL_ENCODE(text)', summary: 'The text as a form field of a URL: a space is +, and most signs are %XX.' },
  (bytes) => {
    let text = ''
    for (const byte of bytes) text += encodeByte(byte)
    return text
  },
)

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (/[A-Za-z0-9.\-*_]/.test(character)) return character
  return byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

const urlDecode = defineText({
  summary: 'The text that URL_ENCODE made this of; NULL where a % is not followed by two digits.',
  usage: 'URL_DECODE(text)',
  takes: ['string'],
  text([text]) {
    const encoded = String(text)
    if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return undefined
    return encoded
      .replaceAll('+', ' ')
      .replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
  },
})

export const encodingFunctions: readonly ScalarFunction[] = [
  digest('MD5', 'md5'),
  digest('SHA1', 'sha1'),
  digest('SHA224', 'sha224'),
  digest('SHA256', 'sha256'),
  digest('SHA384', 'sha384'),
  digest('SHA512', 'sha512'),
  sha2,
  toBase64,
  fromBase64,
  hex,
  bin,
  urlEncode,
  urlDecode,
]
