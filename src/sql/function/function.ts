/**
 * What a function of SQL is: one value with its name, its typing rules and its loop over columns. To add one, write a
 * file (or a piece of one) in a folder beside this and list it in `all.ts`; the binder, the reference page and the
 * error texts all read this value. Operators are functions whose name is their sign: '+', '=', 'LIKE', '||', 'IS NULL',
 * 'CAST'.
 */
import type { BoundCall, Expression } from '../expression/expression.ts'

/** What holds for a whole statement. */
export type Session = {
  /** IANA name of the zone in which TIMESTAMP_LTZ is shown and windows are aligned: 'UTC', 'Europe/Berlin'. */
  readonly timezone: string
  /** The instant that CURRENT_TIMESTAMP means, ms since 1970. */
  readonly now: number
  /** Those of the user. */
  readonly functions?: UserFunctions
}

/** By name in upper case. */
export type UserFunctions = ReadonlyMap<string, UserFunction>

/** A function that a file of the user declares. */
export type UserFunction = ScalarFunction & {
  /** The digest of the file: with another one it is another function. */
  readonly code: string
}

export type Call = {
  readonly arguments: readonly Expression[]
  /** ['DAY'] for EXTRACT(DAY FROM …); see `ast.ts`. */
  readonly keywords: readonly string[]
  readonly session: Session
}

/**
 * Why a call does not fit its arguments: the message continues "cannot call UPPER(INT): ", `hint` says what to write.
 * Where a constant alone is at fault, `constant` is that, and the message is a whole one.
 */
export class TypeProblem extends Error {
  override readonly name = 'TypeProblem'
  readonly hint: string | undefined
  readonly constant: Expression | undefined

  constructor(refused: string, hint?: string, constant?: Expression) {
    super(refused)
    this.hint = hint
    this.constant = constant
  }
}

export type ScalarFunction = {
  readonly name: string
  /** One sentence for the reference page. */
  readonly summary: string
  /** How it is written: "SUBSTRING(string FROM start [FOR length])". */
  readonly usage: string
  /** Throws a TypeProblem where the arguments do not fit. */
  bind(call: Call): BoundCall
}
