/** Rows of every type, from our writer through Flink to our reader. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFlinkSession } from '../../src/client/flink/gateway.ts'
import { createRead, createResult } from '../../src/flink/create.ts'
import { jsonOptions } from '../../src/flink/json-options.ts'
import { sampleOf } from '../../src/format/decode.test-tool.ts'
import { openJson } from '../../src/format/json/json.ts'
import { makeEncoder } from '../../src/format/write/encoders.ts'
import { batchOf } from '../../src/record/batch.test-tool.ts'
import { type Value, valueAt } from '../../src/record/column.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  type Field,
  FLOAT,
  INT,
  mapOf,
  multisetOf,
  rowOf,
  SMALLINT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  TINYINT,
  type Type,
  timestamp,
} from '../../src/record/type.ts'

const DAY_MS = 86_400_000
const YEAR_1 = -62_135_596_800_000
const YEAR_9999 = 253_402_300_799_999

/** The least, the greatest and the strangest values of each type. NULL is added to each. */
const VALUES: readonly (readonly [Type, readonly Value[]])[] = [
  [BOOLEAN, [true, false]],
  [TINYINT, [-128, 127]],
  [SMALLINT, [-32_768, 32_767]],
  [INT, [-2_147_483_648, 2_147_483_647]],
  [BIGINT, [-(2n ** 63n), 2n ** 63n - 1n, 9_007_199_254_740_993n]],
  [FLOAT, [0.1, 3.4028234663852886e38, Number.NaN, Number.POSITIVE_INFINITY].map(Math.fround)],
  [DOUBLE, [0.1, -0, 1.7976931348623157e308, 5e-324, 1e21, Number.NaN, Number.NEGATIVE_INFINITY]],
  [decimal(38, 18), [10n ** 38n - 1n, 1n, -(10n ** 38n - 1n)]],
  [decimal(10, 0), [9_999_999_999n, 0n]],
  [STRING, ['', 'é😀', 'a"b\\c\n\t\u0001', 'null', '  ']],
  [BYTES, ['', '\0\xff\x80abc']],
  [DATE, [0, -1, YEAR_1 / DAY_MS, Math.floor(YEAR_9999 / DAY_MS)]],
  [TIME, [0, DAY_MS - 1000]],
  [TIMESTAMP, [0, -1, YEAR_1, YEAR_9999]],
  [timestamp(0), [0, 1_767_225_600_000]],
  [timestamp(9), [1n, -1n, 1_767_225_600_123_456_789n]],
  [TIMESTAMP_LTZ, [0, -1, YEAR_1, YEAR_9999]],
  [timestamp(6, true), [1000n, 1_767_225_600_123_456_000n]],
  [arrayOf(timestamp(3)), [[], [0, null, 1]]],
  [mapOf(STRING, decimal(5, 2)), [[], [['a', 150n]], [['', null]]]],
  [
    multisetOf(STRING),
    [
      [
        ['a', 2],
        ['b', 1],
      ],
    ],
  ],
  [
    rowOf([
      { name: 'Year', type: INT },
      { name: 'a b', type: arrayOf(rowOf([{ name: 'x', type: DOUBLE }])) },
    ]),
    [
      [1, [[Number.NaN], null]],
      [null, null],
    ],
  ],
  [{ kind: 'NULL' }, []],
]

const FIELDS: readonly Field[] = [
  { name: 'id', type: INT },
  ...VALUES.map(([type], index) => ({ name: `c${index}`, type })),
]

/** Rows with every value of every type, and a row of NULLs. */
export const typedRows: readonly (readonly Value[])[] = Array.from({ length: 8 }, (_, row) => [
  row,
  ...VALUES.map(([, values]) => values[row] ?? null),
])

/** The rows as they come back from the Flink behind a gateway, in order of `id`. */
export async function throughFlink(gateway: string): Promise<readonly (readonly Value[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-flink-types-'))
  try {
    for (const name of ['in', 'out']) await mkdir(join(folder, name))
    const bytes = makeEncoder('ndjson', FIELDS).encode(batchOf(FIELDS, typedRows), 0, typedRows.length)
    await writeFile(join(folder, 'in', 'rows'), bytes)
    await copied(gateway, folder)
    const files = await readdir(join(folder, 'out'))
    const texts = await Promise.all(files.map((file) => readFile(join(folder, 'out', file), 'utf8')))
    return decoded(texts.join(''))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function copied(gateway: string, folder: string): Promise<void> {
  const options = (name: string) => ({
    connector: 'filesystem',
    path: join(folder, name),
    format: 'json',
    ...jsonOptions('json'),
  })
  const read = {
    name: 't',
    kind: 'query',
    topic: 't.rows',
    partitions: 1,
    fields: FIELDS,
    time: undefined,
  } as const
  const result = { query: 'q', topic: 'q.flink', fields: FIELDS, key: undefined, isChanging: false }
  await using session = await openFlinkSession(gateway, {
    'execution.runtime-mode': 'batch',
    'table.dml-sync': 'true',
    'table.local-time-zone': 'America/New_York',
  })
  const statements = [...createRead(read, options('in'), { needsTime: false }), createResult(result, options('out'))]
  for (const sql of [...statements, 'INSERT INTO `q.flink` SELECT * FROM t']) {
    const answer = await session.ask(sql)
    if (answer.kind === 'error') throw new Error(`${sql}: ${answer.message}`)
  }
}

function decoded(text: string): readonly (readonly Value[])[] {
  const rejects: string[] = []
  const decode = openJson(FIELDS.map((field) => ({ field }))).decoder([...FIELDS.keys()])
  const batch = decode(sampleOf(text), { add: (record, byte, reason) => rejects.push(`${record}:${byte} ${reason}`) })
  if (rejects.length > 0) throw new Error(`${rejects.join('; ')}\n${text}`)
  const rows = Array.from({ length: batch.count }, (_, row) =>
    batch.columns.map((column, index) => valueAt(column, row, FIELDS[index]?.type)),
  )
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]))
}
