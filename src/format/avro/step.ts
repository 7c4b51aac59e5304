/**
 * What is done with the bytes of a record, in their order: a program that `reader.ts` runs and `resolve.ts` makes. Each step reads
 * one value that the writer wrote, and puts it into the column that the reader has for it, or passes over it.
 */
import type { Type } from '../../record/type.ts'
import { ColumnTarget } from './target.ts'

/** What a step does. Numbers, as the loop over them is the hot one. */
export const Op = {
  /** Reads nothing, and puts NULL. */
  NULL: 0,
  /** Reads nothing: the record is none, for the reason `what`. */
  REFUSE: 1,
  /** Reads which branch of a union it is, and goes on with that of `branches`. */
  UNION: 2,
  BOOLEAN: 3,
  INT: 4,
  DATE: 5,
  /** A number of which `size` are a millisecond. */
  TIME: 6,
  LONG: 7,
  TIMESTAMP: 8,
  /** A whole number for a DOUBLE. */
  WHOLE: 9,
  FLOAT: 10,
  DOUBLE: 11,
  /** A length, and that number of bytes. */
  TEXT: 12,
  /** `size` bytes. */
  FIXED: 13,
  /** A symbol; `symbols` has which of the reader's it is. */
  ENUM: 14,
  /** A length, and the digits of a DECIMAL in that number of bytes. */
  DECIMAL: 15,
  /** The same in `size` bytes. */
  FIXED_DECIMAL: 16,
  /** 16 bytes, for a text. */
  UUID: 17,
  /** Blocks of items, each read by `steps`. */
  ARRAY: 18,
  /** Blocks of keys and values: the first of `steps` reads the key. */
  MAP: 19,
  /** The fields of a record that another contains. */
  RECORD: 20,
  /** Reads nothing of the record: `steps` read the default, which lies at `size` among the defaults. */
  DEFAULT: 21,
} as const

export type ReadStep = {
  readonly op: number
  readonly target: ColumnTarget
  /** Whether the value is put into its target; it is read and checked all the same. */
  readonly isPut: boolean
  /** Steps of its parts. A record that contains itself has steps in a circle. */
  steps: readonly ReadStep[]
  readonly branches: readonly ReadStep[]
  readonly size: number
  readonly symbols: Int32Array
  /** Of ENUM: the start of each of the reader's symbols among their texts, and the end of the last. */
  readonly places: Int32Array
  /** For messages: "field amount", or the reason. */
  readonly what: string
}

const NOWHERE: Type = { kind: 'NULL' }
const NO_PLACES = new Int32Array(0)

/** A step; what is not given does not matter to it. All steps have one shape. */
export function makeStep(op: number, what: string, given: Partial<ReadStep> = {}): ReadStep {
  return {
    op,
    target: given.target ?? NO_TARGET,
    isPut: given.isPut ?? false,
    steps: given.steps ?? [],
    branches: given.branches ?? [],
    size: given.size ?? 0,
    symbols: given.symbols ?? NO_PLACES,
    places: given.places ?? NO_PLACES,
    what,
  }
}

/** The target of what is passed over. */
const NO_TARGET = new ColumnTarget(NOWHERE, [])
