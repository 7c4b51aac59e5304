/**
 * A table of Parquet files: the columns of all of them, by name, and those that their folders name. A column that a file does not
 * have is NULL in its rows; a file that has one with another type is left out.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import type { OpenFormat } from '../../format/format.ts'
import type { UnreadColumn } from '../../format/parquet/schema.ts'
import { type Field, sameType, shortTypeName } from '../../record/type.ts'
import type { RemoteFiles } from '../remote-files.ts'
import { openParquetAt, type ToOpen } from './open.ts'
import { partitionFields } from './partitions.ts'

/** The columns of a table, as they are posted to other threads: those of the files, then those of their folders. */
export type ParquetColumns = { readonly inFiles: readonly Field[]; readonly inFolders: readonly Field[] }

export type RowGroupSize = { readonly rows: number; readonly bytes: number }

/** What is known of a file before it is read. */
export type ParquetHead = {
  readonly groups: readonly RowGroupSize[]
  readonly writer: string | undefined
  readonly unread: readonly UnreadColumn[]
}

export type ParquetTable<File> = {
  readonly columns: ParquetColumns
  readonly files: readonly (File & { readonly parquet: ParquetHead })[]
  /** Why files are left out. */
  readonly leftOut: readonly Failure[]
}

/** Opens the files of a table. Rejects with a Failure where a server cannot be reached. */
export async function openParquetTable<File extends ToOpen>(
  files: readonly File[],
  remote: RemoteFiles | undefined,
): Promise<ParquetTable<File>> {
  const inFiles = new Map<string, Field & { readonly path: string }>()
  const opened: (File & { readonly parquet: ParquetHead })[] = []
  const leftOut: Failure[] = []
  for (const file of files) {
    try {
      const found = await openParquetAt(file, remote)
      found.close()
      refuseOtherTypes(file.path, found.fields, inFiles)
      for (const field of found.fields) {
        if (!inFiles.has(field.name)) inFiles.set(field.name, { ...field, path: file.path })
      }
      const { groups, writer, unread } = found
      opened.push({ ...file, parquet: { groups, writer, unread } })
    } catch (error) {
      if (!(error instanceof Failure) || error.retryable) throw error
      leftOut.push(error)
    }
  }
  const fields = [...inFiles.values()].map(({ name, type }) => ({ name, type }))
  const folders = partitionFields(opened.map(({ path }) => path)).filter(({ name }) => !inFiles.has(name))
  return { columns: { inFiles: fields, inFolders: folders }, files: opened, leftOut }
}

function refuseOtherTypes(
  path: string,
  fields: readonly Field[],
  known: ReadonlyMap<string, Field & { readonly path: string }>,
): void {
  for (const { name, type } of fields) {
    const before = known.get(name)
    if (before === undefined || sameType(before.type, type)) continue
    const [own, other] = [shortTypeName(type), shortTypeName(before.type)]
    throw new Failure(
      'usage',
      `${path} has ${name} ${own}, and ${before.path} has ${name} ${other}, so its rows are missing`,
      {
        hint: 'Read them as tables of their own.',
      },
    )
  }
}

/** What stands for a format in a table of Parquet files, whose rows are never decoded from lines. */
export const parquetFormat = ({ inFiles, inFolders }: ParquetColumns): OpenFormat => ({
  fields: [...inFiles, ...inFolders],
  rowtime: undefined,
  skipsFirstLine: false,
  decoder: () => {
    assert(false, 'a Parquet file has no lines')
    throw new Error()
  },
})

/** Which columns of files are left out, in words; undefined: none. */
export function unreadText(
  files: readonly { readonly path: string; readonly parquet: ParquetHead }[],
): string | undefined {
  const first = files.find(({ parquet }) => parquet.unread.length > 0)
  if (first === undefined) return undefined
  const texts = first.parquet.unread.map(({ name, why }) => `column ${name} of ${first.path} ${why}, which is not read`)
  return texts.join('; ')
}
