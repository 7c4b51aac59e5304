/**
 * The text that a pipeline came from, to report mistakes in it: YAML has places, TypeScript and `--set` have only the path
 * of a part. No message made here shows a value from the environment, or a secret.
 */
import { Failure, type FailureDetails, type Place } from '../../base/failure.ts'
import { placedInFile } from '../../sql/syntax/problem.ts'
import { partAt } from './shown.ts'
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
  /** Where the part with this path was written: `pipeline.yaml:12`, `--set topics.access.partitions`. */
  origin(path: Path): string
  /** The text with values from the environment replaced by their `${…}`, and without passwords in addresses. */
  mask(text: string): string
}

export type PipelineTextOptions = {
  readonly file: string
  readonly tree: Tree
  /** Paths of `--set`, with the option as written. */
  readonly overrides: readonly { readonly path: Path; readonly written: string }[]
  mask(text: string): string
}

const isInside = (inner: Path, outer: Path): boolean =>
  outer.length <= inner.length && outer.every((part, i) => String(part) === String(inner[i]))

/** Failures about a pipeline, from the parts of its text. */
export function openPipelineText({ file, tree, overrides, mask }: PipelineTextOptions): PipelineText {
  /** The option that wrote the part at a path, or that made it by writing something inside it. */
  const overrideOf = (path: Path) =>
    overrides.findLast((one) => isInside(path, one.path)) ??
    (partAt(tree.value, path) === undefined ? overrides.find((one) => isInside(one.path, path)) : undefined)

  const make = (code: Failure['code'], message: string, details: FailureDetails): Failure =>
    new Failure(code, mask(message), { ...details, hint: details.hint && mask(details.hint) })

  return {
    file,
    mask,
    origin(path) {
      const override = overrideOf(path)
      if (override !== undefined) return `--set ${override.written.split('=', 1)[0]}`
      const place = tree.place(path, 'value')
      return place === undefined ? tree.fileOf(path) : `${place.file}:${place.line}`
    },
    failure(path, message, { hint, at = 'value' } = {}) {
      const override = overrideOf(path)
      if (override !== undefined) return make('pipeline', `--set ${override.written}: ${message}`, { hint })
      const place = tree.place(path, at)
      if (place === undefined) return make('pipeline', `${tree.fileOf(path)}: ${message}`, { hint })
      return make('pipeline', message, { hint, place })
    },
    sqlFailure(path, failure) {
      const { place, hint, cause } = failure
      if (place === undefined) return this.failure(path, failure.message, { hint })
      const shown = maskedPlace(place, mask)
      const override = overrideOf(path)
      const written = tree.origin(path)
      if (override !== undefined || written === undefined) {
        // The text has no place in a file: the place is its name and its own lines.
        const called =
          override === undefined
            ? `${tree.fileOf(path)} ${path.filter((part) => part !== 'sql').join('.')}`
            : `--set ${override.written}`
        return make('pipeline', failure.message, { hint, cause, place: { ...shown, file: called } })
      }
      const { text, ...origin } = written
      const inFile = make('pipeline', failure.message, { hint, cause, place: shown })
      return placedInFile(inFile, tree.isChanged(path) || text === undefined ? origin : { ...origin, text })
    },
  }
}

/** The place with its line masked, and the caret under what it stood under. */
function maskedPlace(place: Place, mask: (text: string) => string): Place {
  const { text = '', column, length = 1 } = place
  const before = mask(text.slice(0, column - 1))
  const upTo = mask(text.slice(0, column - 1 + length))
  return { ...place, text: mask(text), column: before.length + 1, length: Math.max(1, upTo.length - before.length) }
}

/** Failures in the order of their places in each file; those without a place come first. */
export function inOrder(failures: readonly Failure[]): Failure[] {
  const files = failures.map(({ place }) => place?.file)
  const position = ({ place }: Failure) =>
    place === undefined ? -1 : files.indexOf(place.file) * 1e12 + place.line * 1e6 + place.column
  return failures.toSorted((a, b) => position(a) - position(b))
}
