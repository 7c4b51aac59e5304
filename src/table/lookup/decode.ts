/** The content of a lookup table, decoded and checked whole. */
import type { LookupContent } from '../../engine/lookup/content.ts'
import { refuseDuplicates } from './duplicates.ts'
import type { LookupContext } from './lookup.ts'
import { kindOf, rowsIn, type Written } from './rows.ts'

/** The rows of a content. Throws a Failure that says what is wrong in it, and where. */
export function decodeTable(bytes: Uint8Array, written: Written, context: LookupContext): LookupContent {
  const { content, placeOf } = rowsIn(bytes, { ...written, format: kindOf(bytes, written) }, context)
  if (context.unique) refuseDuplicates(content, written.path, context, placeOf)
  return content
}
