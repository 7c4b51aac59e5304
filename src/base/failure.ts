/**
 * Trouble that the outside world causes, as opposed to our own bugs (`assert`) and to bad data (a value).
 *
 * A Failure is written for the person who reads it: what went wrong, where, and what to do. The command line prints
 * it without a stack trace and exits with the code of its kind.
 */

/** Every kind of failure. A new one is added here, with its exit code, if it is not 1, in `cli/program.ts`. */
export type FailureCode =
  | 'usage' // the command line asks for something that is not offered
  | 'pipeline' // the pipeline file is wrong
  | 'sql' // the SQL is wrong or not supported
  | 'not-found' // a file, host or topic is not there
  | 'denied' // the operating system or a server does not allow it
  | 'fenced' // another process has taken over what this one did
  | 'in-use' // a port, or a data folder, belongs to another process
  | 'full' // no space is left
  | 'corrupt' // bytes on disk are damaged
  | 'not-text' // bytes are packed or made in a way that is not read
  | 'limit' // a named limit was met
  | 'io' // reading, writing or the network failed

/** A place in a text that a person wrote: lines and columns count from 1, columns in characters. */
export type Place = {
  readonly file: string | undefined
  readonly line: number
  readonly column: number
  /** The line itself, to print above a caret. */
  readonly text?: string
  /** How many characters the caret underlines; 1 by default. */
  readonly length?: number
}

export type FailureDetails = {
  readonly place?: Place | undefined
  /** Of the options that were given, the one that it is about, as a path of keys; `place` is then within that text. */
  readonly part?: readonly string[] | undefined
  /** What to do about it, as a sentence or a text to write instead. */
  readonly hint?: string | undefined
  /** Whether the same call may succeed later; false by default. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** Further failures found at the same time, such as the other mistakes in a file. */
  readonly also?: readonly Failure[]
}

/** An error for a person to read, with a code that programs can rely on. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly place: Place | undefined
  readonly part: readonly string[] | undefined
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly also: readonly Failure[]

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.place = details.place
    this.part = details.part
    this.hint = details.hint
    this.retryable = details.retryable ?? false
    this.also = details.also ?? []
  }
}

/** The failure, with another message or other details. */
export function changedFailure(failure: Failure, change: FailureDetails & { readonly message?: string }): Failure {
  const { code, message, place, part, hint, retryable, cause, also } = failure
  return new Failure(code, change.message ?? message, { place, part, hint, retryable, cause, also, ...change })
}

/** The failure and those that it brings, each by itself. */
export const failuresIn = (failure: Failure): readonly Failure[] =>
  failure.also.length === 0 ? [failure] : [changedFailure(failure, { also: [] }), ...failure.also.flatMap(failuresIn)]

/** The failures as one: the first, with the others, each once; undefined for none. */
export function failureOf(failures: readonly Failure[]): Failure | undefined {
  const key = ({ place, message }: Failure) => `${place?.file}:${place?.line}:${place?.column}: ${message}`
  const alone = failures.flatMap(failuresIn)
  const [first, ...also] = new Map(alone.map((failure) => [key(failure), failure])).values()
  return first === undefined || also.length === 0 ? first : changedFailure(first, { also })
}

/** Throws the failures as one; nothing happens where there is none. */
export function throwAll(failures: readonly Failure[]): void {
  const failure = failureOf(failures)
  if (failure !== undefined) throw failure
}

/**
 * The result of `work`. If it throws a Failure, that and those which it brings are added to `failures`, and the result is
 * undefined.
 */
export function collectFailure<Result>(failures: Failure[], work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    failures.push(...failuresIn(error))
    return undefined
  }
}

/** The result of `work`. If it throws a Failure of one of the codes, the result is what `otherwise` makes of it. */
export function recovered<Result, Other>(
  codes: readonly FailureCode[],
  work: () => Result,
  otherwise: (failure: Failure) => Other,
): Result | Other {
  try {
    return work()
  } catch (error) {
    if (error instanceof Failure && codes.includes(error.code)) return otherwise(error)
    throw error
  }
}

/** The result of `work`. If it throws a Failure, throws what `change` makes of it, and of each that it brings. */
export function changeFailure<Result>(work: () => Result, change: (failure: Failure) => Failure): Result {
  try {
    return work()
  } catch (error) {
    throw error instanceof Failure ? failureOf(failuresIn(error).map(change)) : error
  }
}

/** The failure with another text for its message and its hint. */
export function reworded(failure: Failure, reword: (text: string) => string): Failure {
  const { message, hint, also } = failure
  return changedFailure(failure, {
    message: reword(message),
    hint: hint === undefined ? undefined : reword(hint),
    also: also.map((one) => reworded(one, reword)),
  })
}

/** What a terminal shows: the place and the message, the line with a caret under it, the hint, and the further failures. */
export function describeFailure(failure: Failure): string {
  const { place, hint } = failure
  const lines: string[] = []
  const where =
    place === undefined
      ? ''
      : `${place.file ?? 'line'}${place.file === undefined ? ' ' : ':'}${place.line}:${place.column}: `
  lines.push(`${where}${failure.message}`)
  if (place?.text !== undefined) {
    lines.push(`  ${place.text}`, `  ${caretLine(place)}`)
  }
  if (hint !== undefined) lines.push(...hint.split('\n').map((line) => `  ${line}`))
  lines.push(...failure.also.map((other) => `\n${describeFailure(other)}`))
  return lines.join('\n')
}

/** Blanks up to the column, then the caret. Tabs are kept, so that the caret stands under its character. */
function caretLine({ text = '', column, length = 1 }: Place): string {
  const before = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
  return before + '^'.repeat(Math.max(1, Math.min(length, text.length - column + 1)))
}

/** The text in the quotes of a shell. */
export const quotedInShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A word of a command line in a hint, as a shell reads it: in quotes where it needs them. */
export const inShell = (word: string): string => (/^[\w./:=@,+-]+$/.test(word) ? word : quotedInShell(word))
