/**
 * How a function of the user is written in TypeScript. This file imports nothing, so that a file of functions loads at once.
 */

/** The types of SQL that arguments and results may have. */
export type FunctionType =
  | 'BOOLEAN'
  | 'INT'
  | 'BIGINT'
  | 'DOUBLE'
  | 'STRING'
  | 'DATE'
  | 'TIMESTAMP(3)'
  | 'TIMESTAMP_LTZ(3)'
  | `DECIMAL(${number}, ${number})`

/**
 * The value of a type: DATE is days since 1970-01-01; TIMESTAMP(3), a wall clock, and TIMESTAMP_LTZ(3), an instant, are ms since
 * 1970-01-01 00:00; a DECIMAL is its text, '1.50'.
 */
export type FunctionValue<Name extends FunctionType> = Name extends 'BOOLEAN'
  ? boolean
  : Name extends 'BIGINT'
    ? bigint
    : Name extends 'STRING' | `DECIMAL(${string}`
      ? string
      : number

/** The values of several types; with `Nulls`, each may be null. */
export type FunctionArguments<Takes extends readonly FunctionType[], Nulls extends boolean> = {
  [Place in keyof Takes]: FunctionValue<Takes[Place]> | (Nulls extends true ? null : never)
}

/** A function of one row. Its result depends on its arguments alone. */
export type FunctionDefinition<
  Takes extends readonly FunctionType[],
  Gives extends FunctionType,
  Nulls extends boolean,
> = {
  readonly takes: Takes
  readonly gives: Gives
  /** Whether `call` sees NULLs, as null. Without it the result is NULL where an argument is. */
  readonly nulls?: Nulls
  /** null is NULL. What it throws makes a dead letter of the row. */
  call(...values: FunctionArguments<Takes, Nulls>): FunctionValue<Gives> | null
}

/** Gives a function of SQL its types: `export const risk = defineFunction({ takes: ['STRING'], gives: 'INT', call: … })`. */
export function defineFunction<
  const Takes extends readonly FunctionType[],
  const Gives extends FunctionType,
  const Nulls extends boolean = false,
>(definition: FunctionDefinition<Takes, Gives, Nulls>): FunctionDefinition<Takes, Gives, Nulls> {
  return definition
}
