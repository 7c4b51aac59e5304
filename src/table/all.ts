/** The list of tables: of stores, which reports read, and those that queries look rows up in. */
import { type PartList, partList } from '../base/part-list.ts'
import type { TableType } from './table.ts'

export const tableTypes: PartList<TableType> = partList<TableType>({
  sqlite: async () => (await import('./sqlite.ts')).sqliteTable,
  file: async () => (await import('./lookup/file.ts')).fileTable,
  cassandra: async () => (await import('./cassandra.ts')).cassandraTable,
})
