/** The wire types of protobuf, by the kind of a field. */
import type { ScalarKind } from './message.ts'

export const VARINT = 0
export const EIGHT_BYTES = 1
/** A varint, and as many bytes: texts, bytes and messages. */
export const LENGTH = 2
export const FOUR_BYTES = 5

export const WIRE_TYPES: Readonly<Record<ScalarKind, number>> = {
  text: LENGTH,
  bytes: LENGTH,
  id: LENGTH,
  unread: LENGTH,
  flag: VARINT,
  number: VARINT,
  int64: VARINT,
  fixed64: EIGHT_BYTES,
  fixed32: FOUR_BYTES,
  double: EIGHT_BYTES,
}
