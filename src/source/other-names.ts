/** A file, connection or body that begins with names of columns, but not with those that are known: its values lie in other places. */
import { Failure } from '../base/failure.ts'
import type { OtherNames } from '../record/spans.ts'

const MOST_SHOWN = 200

/** The Failure `not-text` for it: it is left out. */
export function namesFailure(name: string, { found, expected }: OtherNames): Failure {
  return new Failure(
    'not-text',
    `${name} begins with the names ${shown(found)}, and the columns are ${shown(expected)}`,
    {
      hint: 'read it apart from the others, with columns of its own',
    },
  )
}

const shown = (names: string): string => (names.length > MOST_SHOWN ? `${names.slice(0, MOST_SHOWN)}…` : names)
