/**
 * Names of keyspaces, tables and columns, read as cqlsh reads them: `RESULTS` is results, and `"RESULTS"` keeps its capitals.
 * So what people type in cqlsh is what they write in a pipeline file. Other texts, such as `EXPR$0`, are names as they stand.
 */

const QUOTED = /^"((?:[^"]|"")+)"$/
const WORD = /^[a-z]\w*$/i
/** What Cassandra takes for keyspaces and tables: their names are also those of folders. */
const OF_TABLES = /^\w{1,48}$/

/** The name that Cassandra has for what is written. */
export function storedName(written: string): string {
  const exact = QUOTED.exec(written)?.[1]
  if (exact !== undefined) return exact.replaceAll('""', '"')
  return WORD.test(written) ? written.toLowerCase() : written
}

/** Whether a keyspace or a table can have the name that is written so. */
export const isTableName = (written: string): boolean => OF_TABLES.test(storedName(written))

/** A name that Cassandra has, for a statement. */
export const inQuotes = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A name as people write it: with quotes only where cqlsh needs them. */
export const shownName = (name: string): string => (/^[a-z][a-z\d_]*$/.test(name) ? name : inQuotes(name))

/** A text for a statement. */
export const textLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What tells a table from all others of a cluster, in whatever way its names are written. */
export const tablePlace = (keyspace: string, table: string): string => `${storedName(keyspace)}.${storedName(table)}`
