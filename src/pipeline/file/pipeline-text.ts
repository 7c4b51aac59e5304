/**
 * The text that a pipeline came from, to report mistakes in it: YAML has places, TypeScript and `--set` have only the path
 * of a part. No message made here shows a value from the environment.
 */
import { Failure, type FailureDetails } from '../../base/failure.ts'
import { placedInFile } from '../../sql/syntax/problem.ts'
import type { Path, Tree } from './yaml-tree.ts'

export type PipelineText = {
  readonly file: string
  /** A Failure at the part with this path. */
  failure(
    path: Path,
    message: string,
    details?: { readonly hint?: string | undefined; readonly at?: 'key' | 'value' },
  ): Failure
  /** A Failure about the SQL at this path, moved to its place in the file. */
  sqlFailure(path: Path, failure: Failure): Failure
  /** The text with values from the environment replaced by their `${…}`. */
  mask(text: string): string
}

export type PipelineTextOptions = {
  readonly file: string
  /** undefined for a pipeline in TypeScript. */
  readonly tree: Tree | undefined
  /** Paths of `--set`, with the option as written. */
  readonly overrides: readonly { readonly path: Path; readonly written: string }[]
  /** Paths, joined by \0, of texts with a `${…}`: their columns are not those of the file. */
  readonly changed: ReadonlySet<string>
  mask(text: string): string
}

/** Failures about a pipeline, from the parts of its text. */
export function openPipelineText({ file, tree, overrides, changed, mask }: PipelineTextOptions): PipelineText {
  const overrideOf = (path: Path) =>
    overrides.findLast(
      (one) => one.path.length <= path.length && one.path.every((part, i) => String(part) === String(path[i])),
    )

  const make = (code: Failure['code'], message: string, details: FailureDetails): Failure =>
    new Failure(code, mask(message), { ...details, hint: details.hint && mask(details.hint) })

  return {
    file,
    mask,
    failure(path, message, { hint, at = 'value' } = {}) {
      const override = overrideOf(path)
      if (override !== undefined) return make('pipeline', `--set ${override.written}: ${message}`, { hint })
      if (tree === undefined) return make('pipeline', `${file}: ${message}`, { hint })
      return make('pipeline', message, { hint, place: tree.place(path, at) })
    },
    sqlFailure(path, failure) {
      const { place, hint, cause } = failure
      if (place === undefined) return this.failure(path, failure.message, { hint })
      const shown = { ...place, text: mask(place.text ?? '') }
      const override = overrideOf(path)
      if (override !== undefined || tree === undefined) {
        // The text has no place in a file: the place is its name and its own lines.
        const called =
          override === undefined
            ? `${file} ${path.filter((part) => part !== 'sql').join('.')}`
            : `--set ${override.written}`
        return make('pipeline', failure.message, { hint, cause, place: { ...shown, file: called } })
      }
      const { text, ...origin } = tree.origin(path)
      // SQL that is the whole query has the path of the query, one step up.
      const moved = changed.has(path.join('\0')) || changed.has(path.slice(0, -1).join('\0'))
      const inFile = make('pipeline', failure.message, { hint, cause, place: shown })
      return placedInFile(inFile, moved || text === undefined ? origin : { ...origin, text })
    },
  }
}
