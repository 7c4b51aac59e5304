/** The content of a lookup table, decoded and checked whole. */
import type { LookupContent } from '../../engine/lookup/content.ts'
import { refuseDuplicates } from './duplicates.ts'
import type { LookupContext } from './lookup.ts'
import { tableFormat, tableRows, type WrittenTable } from './rows.ts'

/** The rows of a content. Rejects with a Failure that says what is wrong in it, and where. */
export async function decodeTable(
  bytes: Uint8Array,
  written: WrittenTable,
  context: LookupContext,
): Promise<LookupContent> {
  const format = tableFormat(bytes, written)
  const { content, placeOf } =
    format === 'parquet'
      ? await (await import('./parquet-rows.ts')).parquetRows(bytes, written.path, context)
      : tableRows(bytes, { ...written, format }, context)
  if (context.unique) refuseDuplicates(content, written.path, context, placeOf)
  return content
}
