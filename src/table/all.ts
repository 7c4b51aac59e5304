/** The list of stores whose tables reports read. */
import { type PartList, partList } from '../base/part-list.ts'
import type { TableType } from './table.ts'

export const tableTypes: PartList<TableType> = partList<TableType>({
  sqlite: async () => (await import('./sqlite.ts')).sqliteTable,
  cassandra: async () => (await import('./cassandra.ts')).cassandraTable,
})
