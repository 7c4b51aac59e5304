/**
 * The table that the options declare, by the names that Cassandra has, and how what is there differs from it.
 *
 * A table may have columns that nothing is written to, unless they are in its key. A column that is missing can be added while
 * the table is used. Any other difference is for people to settle: a key or a type cannot be changed.
 */
import { Failure } from '../../base/failure.ts'
import { inQuotes, shownName, storedName, textLiteral } from '../../client/cassandra/names.ts'
import type { FoundColumn, FoundKeyspace, FoundTable } from '../../client/cassandra/schema.ts'
import { typeName } from '../../record/type.ts'
import type { MappedColumn, TableMapping } from '../table/mapping.ts'
import { castFor, encoderFor, ownType } from './cql-type.ts'
import type { CassandraOptions, ClusteringOrder, Replication, TableCompression } from './options.ts'

export type CqlColumn = { readonly name: string; readonly cql: string; readonly mapped: MappedColumn }

export type DeclaredTable = {
  readonly keyspace: string
  readonly name: string
  readonly columns: readonly CqlColumn[]
  readonly partition: readonly string[]
  readonly clustering: readonly { readonly name: string; readonly order: ClusteringOrder }[]
  /** Seconds. */
  readonly ttl: number | undefined
  readonly compression: TableCompression | undefined
}

/** The table of a mapping with a key. Without a key option, `isOrdered` says whether all but its first column order a partition. */
export function declareTable(
  { columns, key = [] }: TableMapping,
  options: CassandraOptions,
  isOrdered: boolean,
): DeclaredTable {
  const names = key.map((index) => storedName(columns[index]?.name ?? ''))
  const partitions = options.key?.partition.length ?? (isOrdered ? 1 : names.length)
  const orders = new Map(
    Object.entries(options.key?.clustering ?? {}).map(([name, order]) => [storedName(name), order]),
  )
  return {
    keyspace: storedName(options.keyspace.name),
    name: storedName(options.table),
    columns: columns.map((mapped) => ({
      name: storedName(mapped.name),
      cql: ownType(mapped) ?? 'text',
      mapped,
    })),
    partition: names.slice(0, partitions),
    clustering: names.slice(partitions).map((name) => ({ name, order: orders.get(name) ?? 'asc' })),
    ttl: options.ttl === undefined ? undefined : Math.ceil(options.ttl / 1000),
    compression: options.compression,
  }
}

/** The table as people write it. */
export const shownTable = ({ keyspace, name }: Pick<DeclaredTable, 'keyspace' | 'name'>): string =>
  `${shownName(keyspace)}.${shownName(name)}`

const COMPRESSORS: Readonly<Record<Exclude<TableCompression, 'none'>, string>> = {
  lz4: 'LZ4Compressor',
  zstd: 'ZstdCompressor',
  snappy: 'SnappyCompressor',
  deflate: 'DeflateCompressor',
}

/** The statement that makes the keyspace; a number of copies is that of the local data centre. */
export function keyspaceStatement(name: string, replication: Replication, options: CassandraOptions): string {
  const settings = replicationSettings(replication, options.local_datacenter)
  const pairs = Object.entries(settings).map(([key, value]) => `${textLiteral(key)}: ${textLiteral(value)}`)
  const writes = options.keyspace.durable_writes ? '' : ' AND durable_writes = false'
  return `CREATE KEYSPACE IF NOT EXISTS ${inQuotes(name)} WITH replication = {${pairs.join(', ')}}${writes}`
}

/** All settings as Cassandra keeps them, the class without its package. */
export function replicationSettings(replication: Replication, datacenter: string): Readonly<Record<string, string>> {
  const { class: strategy = 'NetworkTopologyStrategy', ...others } =
    typeof replication === 'number' ? { [datacenter]: replication } : replication
  const settings = Object.entries(others).map(([key, value]) => [key, String(value)] as const)
  return { class: String(strategy).split('.').at(-1) ?? '', ...Object.fromEntries(settings) }
}

/** The statement that makes the table. */
export function tableStatement(table: DeclaredTable): string {
  const columns = table.columns.map(({ name, cql }) => `${inQuotes(name)} ${cql}`)
  const clustering = table.clustering.map(({ name }) => `, ${inQuotes(name)}`).join('')
  const key = `PRIMARY KEY ((${table.partition.map(inQuotes).join(', ')})${clustering})`
  const orders = table.clustering.map(({ name, order }) => `${inQuotes(name)} ${order.toUpperCase()}`)
  const settings = [
    ...(table.clustering.some(({ order }) => order === 'desc') ? [`CLUSTERING ORDER BY (${orders.join(', ')})`] : []),
    ...(table.ttl === undefined ? [] : [`default_time_to_live = ${table.ttl}`]),
    ...(table.compression === undefined ? [] : [`compression = ${compressionOf(table.compression)}`]),
  ]
  const withSettings = settings.length === 0 ? '' : ` WITH ${settings.join(' AND ')}`
  return `CREATE TABLE IF NOT EXISTS ${inCql(table)} (${[...columns, key].join(', ')})${withSettings}`
}

const compressionOf = (compression: TableCompression): string =>
  compression === 'none' ? "{'enabled': 'false'}" : `{'class': '${COMPRESSORS[compression]}'}`

/** The statement that adds a column. */
export const columnStatement = (table: DeclaredTable, { name, cql }: CqlColumn): string =>
  `ALTER TABLE ${inCql(table)} ADD ${inQuotes(name)} ${cql}`

/** The statement that writes a row, with a parameter for each column in its order. */
export function insertStatement(table: DeclaredTable): string {
  const names = table.columns.map(({ name }) => inQuotes(name))
  const ttl = table.ttl === undefined ? '' : ` USING TTL ${table.ttl}`
  return `INSERT INTO ${inCql(table)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})${ttl}`
}

/** The columns of the key, in the order of its parameters in `deleteStatement`. */
export const keyColumnsOf = ({ partition, clustering }: DeclaredTable): readonly string[] => [
  ...partition,
  ...clustering.map(({ name }) => name),
]

/** The statement that deletes a row. */
export const deleteStatement = (table: DeclaredTable): string =>
  `DELETE FROM ${inCql(table)} WHERE ${keyColumnsOf(table)
    .map((name) => `${inQuotes(name)} = ?`)
    .join(' AND ')}`

const inCql = ({ keyspace, name }: DeclaredTable): string => `${inQuotes(keyspace)}.${inQuotes(name)}`

export type Differences = {
  /** Columns that the table does not have, and that can be added. */
  readonly missing: readonly CqlColumn[]
  /** What keeps rows from being written. */
  readonly failures: readonly Failure[]
  /** What is otherwise than declared, and does not. */
  readonly warnings: readonly string[]
}

/** How a table differs from what is declared. */
export function tableDifferences(table: DeclaredTable, found: FoundTable): Differences {
  const byName = new Map(found.columns.map((column) => [column.name, column]))
  const missing = table.columns.filter(({ name }) => !byName.has(name))
  const types = table.columns.flatMap((column) => {
    const there = byName.get(column.name)
    return there === undefined || encoderFor(column.mapped, there.type, 'UTC') !== undefined
      ? []
      : [otherType(table, column, there)]
  })
  return {
    missing: missing.filter(({ name }) => !keyNames(table).includes(name)),
    failures: [...types, ...otherKey(table, found)],
    warnings: [...otherTtl(table, found), ...otherCompression(table, found)],
  }
}

const keyNames = ({ partition, clustering }: DeclaredTable): readonly string[] => [
  ...partition,
  ...clustering.map(({ name }) => name),
]

function otherType(table: DeclaredTable, { name, mapped }: CqlColumn, { type }: FoundColumn): Failure {
  const cast = castFor(type)
  const message = `column ${shownName(name)} of ${shownTable(table)} is ${type} there, and ${typeName(mapped.type)} in the pipeline file`
  const hint =
    cast === undefined
      ? 'Nothing of a pipeline goes into such a column: leave it out, or give it another name.'
      : `Write CAST(… AS ${cast}) for it, or give it another name: Cassandra does not change types.`
  return new Failure('pipeline', message, { hint })
}

/** The key of a table as CQL writes it. */
const keyText = (partition: readonly string[], clustering: readonly string[]): string =>
  `((${partition.join(', ')})${clustering.map((part) => `, ${part}`).join('')})`

function otherKey(table: DeclaredTable, { columns }: FoundTable): readonly Failure[] {
  const of = (wanted: FoundColumn['kind']) =>
    columns.filter(({ kind }) => kind === wanted).toSorted((a, b) => a.position - b.position)
  const ordered = (name: string, order: string) => `${shownName(name)}${order === 'desc' ? ' DESC' : ''}`
  const there = keyText(
    of('partition_key').map(({ name }) => shownName(name)),
    of('clustering').map(({ name, order }) => ordered(name, order)),
  )
  const declared = keyText(
    table.partition.map(shownName),
    table.clustering.map(({ name, order }) => ordered(name, order)),
  )
  if (there === declared) return []
  const message = `the primary key of ${shownTable(table)} is ${there} there, and ${declared} in the pipeline file`
  const hint = 'Write the key of the table as `key: { partition: […], clustering: { … } }`, or name another table.'
  return [new Failure('pipeline', message, { hint })]
}

function otherTtl(table: DeclaredTable, { ttl }: FoundTable): readonly string[] {
  if (table.ttl === undefined || ttl === table.ttl) return []
  return [
    `${shownTable(table)} has default_time_to_live = ${ttl}; rows of this sink have a TTL of ${table.ttl} s all the same`,
  ]
}

function otherCompression(table: DeclaredTable, { compression }: FoundTable): readonly string[] {
  if (table.compression === undefined) return []
  const wanted = table.compression === 'none' ? undefined : COMPRESSORS[table.compression]
  if (wanted === compression) return []
  const statement = `ALTER TABLE ${shownTable(table)} WITH compression = ${compressionOf(table.compression)}`
  return [`${shownTable(table)} is packed by ${compression ?? 'nothing'}, not by ${wanted ?? 'nothing'}: ${statement}`]
}

/** How the keyspace differs from what the options say, in words. */
export function otherReplication(found: FoundKeyspace, options: CassandraOptions): readonly string[] {
  const { name, replication, durable_writes } = options.keyspace
  const words: string[] = []
  if (replication !== undefined) {
    const wanted = sortedText(replicationSettings(replication, options.local_datacenter))
    const there = sortedText(replicationSettings(found.replication, options.local_datacenter))
    if (wanted !== there) words.push(`keyspace ${name} has replication ${there}, not ${wanted}`)
  }
  if (found.durableWrites !== durable_writes) {
    words.push(`keyspace ${name} has durable_writes = ${found.durableWrites}, not ${durable_writes}`)
  }
  return words
}

const sortedText = (settings: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(settings).toSorted()))
