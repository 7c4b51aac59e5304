/** What a Parquet file says of itself: its columns with their types, its rows, and a first row. */
import { assert } from '../../base/assert.ts'
import { isHdfsPath } from '../../client/webhdfs/address.ts'
import { openRemoteFiles } from '../../query/find-files.ts'
import { openParquetAt } from '../../query/parquet/open.ts'
import type { FileTable } from '../../query/table-files.ts'
import { typeName } from '../../record/type.ts'
import { reserved } from '../../sql/syntax/reserved.ts'
import { rowCells } from '../../terminal/cells.ts'
import type { Described } from './described.ts'

/** Describes the first file of a table of Parquet files. Rejects with a Failure where it is damaged. */
export async function describeParquet(pattern: string, table: FileTable): Promise<Described> {
  const { format, files, repeated } = table
  const [first] = files
  assert(first !== undefined, 'a table has a file')
  const remote = isHdfsPath(first.path) ? await openRemoteFiles() : undefined
  const file = await openParquetAt(first, remote)
  try {
    const { fields } = file
    const wanted = fields.map((_, column) => column)
    const cells = await firstCells()
    return {
      pattern,
      format: 'parquet',
      options: {},
      opened: format,
      isFound: true,
      isDeclared: false,
      hasHeader: false,
      lines: file.rows,
      counts: 'record',
      rows: file.rows,
      firstReject: undefined,
      columns: format.fields.map(({ name, type }) => ({
        name,
        type: typeName(type),
        isReserved: reserved.has(name.toUpperCase()),
        first: cells?.[fields.findIndex((field) => field.name === name)],
      })),
      eventTime: undefined,
      parquet: { groups: file.groups.length, writer: file.writer, note: repeated },
    }
    async function firstCells() {
      const group = file.groups.findIndex(({ rows }) => rows > 0)
      if (group < 0) return undefined
      for await (const batch of file.read(group, wanted, 1)) return rowCells(fields, batch, 0, 'exact')
      return undefined
    }
  } finally {
    file.close()
  }
}
