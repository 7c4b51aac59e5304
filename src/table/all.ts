/** The list of stores whose tables reports read. */
import { cassandraTable } from './cassandra.ts'
import { sqliteTable } from './sqlite.ts'
import type { TableType } from './table.ts'

export const tableTypes: readonly TableType[] = [sqliteTable, cassandraTable]
