/**
 * How messages of OTLP are described: once, for both of their encodings. `wire-read.ts` and `wire-write.ts` have protobuf,
 * `json-read.ts` and `json-write.ts` the JSON of OTLP, where names are in lower camel case, 64-bit integers are texts of digits, and
 * IDs are in hexadecimal.
 *
 * A value is as proto3 has it: a field that is absent has its default, 0 or nothing, and one of them is not told from the other.
 */

/** What a field holds, and how protobuf writes it. 64-bit integers are bigints, so they keep their digits. */
export type ScalarKind =
  /** UTF-8, with its length. */
  | 'text'
  /** Bytes, with their length; base64 in JSON. */
  | 'bytes'
  /** The same, as their hexadecimal text: IDs of traces and spans. */
  | 'id'
  /** A varint: false or true. */
  | 'flag'
  /** A varint of up to 32 bits, and of enumerations. */
  | 'number'
  /** A varint, signed. */
  | 'int64'
  /** Eight bytes, unsigned: counts, and times in ns since 1970. */
  | 'fixed64'
  /** Four bytes, unsigned. */
  | 'fixed32'
  | 'double'
  /** A message that is left as it came: its bytes, or its parsed JSON. */
  | 'unread'

export type Scalars = {
  readonly text: string
  readonly bytes: Uint8Array
  readonly id: string
  readonly flag: boolean
  readonly number: number
  readonly int64: bigint
  readonly fixed64: bigint
  readonly fixed32: number
  readonly double: number
  readonly unread: unknown
}

export type OtlpField = {
  readonly number: number
  /** A list has any number of them. */
  readonly isList: boolean
  readonly of: ScalarKind | (() => OtlpMessage)
}

/** A message with its fields, by their names in JSON. */
export type OtlpMessage = {
  readonly name: string
  readonly fields: { readonly [name: string]: OtlpField }
  /** Whether only the last of its fields that came counts. */
  readonly isOneOf: boolean
}

/** A message whose values are of type `Value`. */
export type MessageOf<Value> = OtlpMessage & { readonly value?: Value }

type FieldOf<Value> = [Value] extends [readonly (infer One)[]]
  ? { readonly list: number; readonly of: KindsOf<One> }
  : readonly [number: number, of: KindsOf<Value>]

/** A boolean is no union of two messages: hence the brackets. */
type KindsOf<Value> =
  | { [Kind in ScalarKind]: [Scalars[Kind]] extends [Value] ? Kind : never }[ScalarKind]
  | (() => MessageOf<Value>)

type Given = { readonly list: number; readonly of: OtlpField['of'] } | readonly [number: number, of: OtlpField['of']]

type Described<Value> = { readonly [Name in keyof Value]-?: FieldOf<NonNullable<Value[Name]>> }

/** Describes a message: each field as `[number, kind]`, or as `{ list: number, of: kind }`. */
export function message<Value>(name: string, fields: Described<Value>, isOneOf = false): MessageOf<Value> {
  const made = Object.entries(fields as { readonly [name: string]: Given }).map(
    ([field, given]): [string, OtlpField] => {
      const isList = 'list' in given
      const [number, of] = isList ? [given.list, given.of] : given
      return [field, { number, isList, of }]
    },
  )
  return { name, fields: Object.fromEntries(made), isOneOf }
}

/** Why bytes, or a JSON text, are no such message: in words, with the place. */
export class MalformedMessage extends Error {}

/** Why a message, which may be well formed, is beyond a limit. */
export class OversizedMessage extends Error {}

/** What one reading may take. */
export type ReadLimits = {
  /** Messages within messages. */
  readonly depth: number
  /** Elements of lists, all lists together. */
  readonly elements: number
}
