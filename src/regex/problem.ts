/** A regular expression that is refused: what is wrong with it, and what to do. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem'
  readonly hint: string | undefined

  constructor(refused: string, hint?: string) {
    super(refused)
    this.hint = hint
  }
}
