/** The content of a lookup table, decoded and checked whole. */
import type { LookupContent } from '../../engine/lookup/content.ts'
import { refuseDuplicates } from './duplicates.ts'
import type { LookupContext } from './lookup.ts'
import { tableFormat, tableRows, type WrittenTable } from './rows.ts'

/** The rows of a content. Throws a Failure that says what is wrong in it, and where. */
export function decodeTable(bytes: Uint8Array, written: WrittenTable, context: LookupContext): LookupContent {
  const { content, placeOf } = tableRows(bytes, { ...written, format: tableFormat(bytes, written) }, context)
  if (context.unique) refuseDuplicates(content, written.path, context, placeOf)
  return content
}
