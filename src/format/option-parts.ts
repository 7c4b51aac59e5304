/**
 * What formats describe their options with. It is given to them, and loaded by what reads options alone: zod takes longer to
 * load than a small query takes.
 */
import * as z from 'zod'
import { shortForm } from '../base/options.ts'
import { byteSize, duration } from '../base/unit-options.ts'
import type { WrittenColumns } from './declared-columns.ts'

const texts = z.union([z.string(), z.array(z.string()).min(1)])

const column = shortForm(
  'type',
  z.strictObject({ type: z.string(), path: texts.optional(), unit: z.enum(['s', 'ms', 'us', 'ns']).optional() }),
)

const columns: z.ZodType<WrittenColumns> = z.record(z.string().min(1), column)

/** By name, as all of zod would bring its messages in sixty languages, which every start would load. */
type Kinds = Pick<
  typeof z,
  'array' | 'boolean' | 'enum' | 'int' | 'literal' | 'number' | 'record' | 'strictObject' | 'string' | 'union'
>

const kinds: Kinds = {
  array: z.array,
  boolean: z.boolean,
  enum: z.enum,
  int: z.int,
  literal: z.literal,
  number: z.number,
  record: z.record,
  strictObject: z.strictObject,
  string: z.string,
  union: z.union,
}

export type OptionParts = {
  /** The schemas of zod. */
  readonly z: Kinds
  readonly shortForm: typeof shortForm
  readonly byteSize: typeof byteSize
  readonly duration: typeof duration
  /** Columns that the user declares: see `declared-columns.ts`. */
  readonly columns: typeof columns
}

export const optionParts: OptionParts = { z: kinds, shortForm, byteSize, duration, columns }
