/** Describes a file, whatever it is. */
import type { Readable } from 'node:stream'
import { openTable } from '../../query/table-files.ts'
import { type Described, describeTable } from './described.ts'

/** Looks at a file, at the first of a glob, or at standard input. Rejects with a Failure where that cannot be read. */
export async function describeFile(pattern: string, format: string | undefined, stdin: Readable): Promise<Described> {
  const table = await openTable({ name: 'log', patterns: [pattern], format }, stdin)
  await table.stream?.close?.()
  if (table.parquet === undefined) return describeTable(pattern, table)
  return (await import('./describe-parquet.ts')).describeParquet(pattern, table)
}
