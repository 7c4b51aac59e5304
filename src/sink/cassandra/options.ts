/** The options of the sink `cassandra`, and how the key of its table is written. */
import * as z from 'zod'
import { eitherForm } from '../../base/options.ts'
import type { Duration } from '../../base/quantity.ts'
import { duration } from '../../base/unit-options.ts'
import {
  type Consistency,
  consistencyOption,
  type PlaceOptions,
  placeOptions,
  tableName,
} from '../../client/cassandra/place.ts'
import { type TableOptions, tableOptions } from '../table/options.ts'

export type ClusteringOrder = 'asc' | 'desc'

/** The key of a table, by the names of its columns in the options. */
export type KeyOption = {
  readonly partition: readonly string[]
  readonly clustering: { readonly [column: string]: ClusteringOrder }
}

/** The number of copies in the local data centre, or all that CQL takes. */
export type Replication = number | { readonly [setting: string]: string | number }

export type KeyspaceOption = {
  readonly name: string
  readonly replication?: Replication | undefined
  readonly durable_writes: boolean
}

const COMPRESSIONS = ['lz4', 'zstd', 'snappy', 'deflate', 'none'] as const
export type TableCompression = (typeof COMPRESSIONS)[number]

export type CassandraOptions = PlaceOptions &
  Omit<TableOptions, 'key'> & {
    readonly keyspace: KeyspaceOption
    readonly key?: KeyOption | undefined
    readonly ttl?: Duration | undefined
    readonly compression?: TableCompression | undefined
    readonly consistency: Consistency
    readonly requests: number
    readonly create: boolean
  }

/** Cassandra's own limit: 20 years. */
const LONGEST_TTL_MS = 630_720_000_000
const MOST_REQUESTS = 2048

const keyspace = eitherForm(
  z.strictObject({
    name: tableName,
    replication: z
      .union([z.int().min(1).max(100), z.record(z.string(), z.union([z.string(), z.int().min(0)]))], {
        error: 'expected a number of copies, or { class: …, DATACENTER: COPIES }',
      })
      .optional(),
    durable_writes: z.boolean().prefault(true),
  }),
  (value) => (typeof value === 'string' ? { name: value } : value),
  { type: 'string' },
)

const names = z.array(z.string().min(1)).min(1)

/** `[a, b, c]` is CQL's `PRIMARY KEY (a, b, c)`: the first column chooses the partition, the others order it. */
const key = eitherForm(
  z.strictObject({
    partition: names,
    clustering: z.record(z.string().min(1), z.enum(['asc', 'desc'])).prefault({}),
  }),
  (value) => {
    if (!Array.isArray(value)) return value
    const [first, ...others] = value
    return { partition: [first], clustering: Object.fromEntries(others.map((name) => [name, 'asc'])) }
  },
  { type: 'array', items: { type: 'string' } },
)

const { contact_points, local_datacenter, ...login } = placeOptions

export const cassandraOptions: z.ZodType<CassandraOptions> = z.strictObject({
  contact_points,
  local_datacenter,
  keyspace,
  table: tableName,
  columns: tableOptions.columns,
  key: key.optional(),
  overwrites: tableOptions.overwrites,
  ttl: duration
    .refine((ms) => ms >= 1000 && ms <= LONGEST_TTL_MS, 'a ttl is 1s to 7300d, which is 20 years')
    .optional(),
  compression: z.enum(COMPRESSIONS).optional(),
  consistency: consistencyOption,
  ...login,
  /** Requests that wait for their answers at the same time. */
  requests: z.int().min(1).max(MOST_REQUESTS).prefault(256),
  /** Whether keyspace, table and columns that are missing are made. */
  create: z.boolean().prefault(true),
})

/** The columns of the key in its order, those of the partition first; undefined where the options name none. */
export const keyColumns = ({ key }: Pick<CassandraOptions, 'key'>): readonly string[] | undefined =>
  key && [...key.partition, ...Object.keys(key.clustering)]
