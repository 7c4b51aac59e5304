import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, type Column, columnOf, type Value, valueAt } from '../record/column.ts'
import { arrayOf, INT, mapOf, rowOf, STRING, type Type } from '../record/type.ts'
import { anyValueOf } from '../record/value.test-tool.ts'
import type { Catalog } from '../sql/catalog.ts'
import { explain } from '../sql/explain.ts'
import type { Mode } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'
import { openFinal, openLocal } from './partial.ts'
import { collecting } from './run.test-tool.ts'

const PERSON = rowOf([
  { name: 'id', type: INT },
  { name: 'name', type: STRING },
])
const LISTS = { tags: arrayOf(STRING), people: arrayOf(PERSON), counts: mapOf(STRING, INT) } as const
const FIELDS = [
  { name: 'k', type: INT },
  { name: 'ts', type: { kind: 'TIMESTAMP' } as Type },
  ...Object.entries(LISTS).map(([name, type]) => ({ name, type })),
]
const catalog: Catalog = new Map([['t', { name: 't', fields: FIELDS, rowtime: { field: 1, delay: 1000 } }]])

type Row = readonly Value[]
type Question = { readonly list: keyof typeof LISTS; readonly outer: boolean; readonly numbered: boolean }

/** What Flink says: a row for each item, and for a row without items one of NULLs if `outer`. */
function unnested(row: Row, { list, outer, numbered }: Question): Row[] {
  const value = row[FIELDS.findIndex(({ name }) => name === list)] as readonly Value[] | null
  const width = list === 'tags' ? 1 : 2
  const items = (value ?? []).flatMap((item, index) => {
    if (list === 'people' && item === null && !numbered) return []
    const parts = width === 1 ? [item] : ((item as readonly Value[] | null) ?? [null, null])
    return [[...parts, ...(numbered ? [index + 1] : [])]]
  })
  const nothing = new Array<Value>(width + (numbered ? 1 : 0)).fill(null)
  return (items.length === 0 && outer ? [nothing] : items).map((item) => [row[0] as Value, ...item])
}

function sqlOf({ list, outer, numbered }: Question): string {
  const names = [...(list === 'tags' ? ['a'] : ['a', 'b']), ...(numbered ? ['n'] : [])]
  const what = `UNNEST(${list})${numbered ? ' WITH ORDINALITY' : ''} AS u (${names.join(', ')})`
  return `SELECT k, ${names.join(', ')} FROM t ${outer ? `LEFT JOIN ${what} ON TRUE` : `CROSS JOIN ${what}`}`
}

const batchOf = (rows: readonly Row[], columns: readonly number[], partition = 0): Batch => ({
  count: rows.length,
  columns: columns.map((column) =>
    columnOf(
      (FIELDS[column] as { type: Type }).type,
      rows.map((row) => row[column] as Value),
    ),
  ),
  partition,
  origin: undefined,
  watermark: undefined,
})

function run(sql: string, rows: readonly Row[], mode: Mode, piece: number) {
  const query = planQuery(sql, catalog, { mode, session: SESSION })
  const { ran, output } = collecting()
  const graph = openGraph(query, catalog, { session: SESSION, partitions: () => 1, output })
  const columns = graph.scans[0]?.columns ?? []
  for (let from = 0; from < rows.length; from += piece) graph.push(0, batchOf(rows.slice(from, from + piece), columns))
  graph.end()
  return ran
}

const anyRow: fc.Arbitrary<Row> = fc.tuple(
  fc.integer({ min: 0, max: 9 }),
  fc.integer({ min: 0, max: 60_000 }),
  ...Object.values(LISTS).map(anyValueOf),
)
const question = fc.record<Question>({
  list: fc.constantFrom('tags', 'people', 'counts'),
  outer: fc.boolean(),
  numbered: fc.boolean(),
})

test('UNNEST gives the rows of a naive evaluator, whatever the batches', () => {
  const rows = fc.array(anyRow, { maxLength: 30 })
  fc.assert(
    fc.property(question, rows, fc.integer({ min: 1, max: 40 }), fc.boolean(), (asked, input, piece, isStream) => {
      const ran = run(sqlOf(asked), input, isStream ? 'streaming' : 'batch', piece)
      expect(ran.rows).toEqual(input.flatMap((row) => unnested(row, asked)))
    }),
    { numRuns: 500 },
  )
})

test('ranges that are run apart give the same rows', () => {
  fc.assert(
    fc.property(
      question,
      fc.array(anyRow, { maxLength: 20 }),
      fc.integer({ min: 1, max: 7 }),
      (asked, input, range) => {
        const query = planQuery(sqlOf(asked), catalog, { mode: 'batch', session: SESSION })
        const { ran, output } = collecting()
        const final = openFinal(query, catalog, { session: SESSION, output })
        const local = openLocal(query, catalog, 0, { session: SESSION, reject: output.reject })
        for (let from = 0; from < input.length; from += range) {
          local.push(batchOf(input.slice(from, from + range), local.columns))
          final.merge(0, structuredClone(local.take()), 0)
        }
        final.end()
        expect(ran.rows).toEqual(input.flatMap((row) => unnested(row, asked)))
      },
    ),
    { numRuns: 100 },
  )
})

test('a list of more items than a batch has rows is put out in several', () => {
  const long = Array.from({ length: 20_000 }, (_, i) => `tag ${i}`)
  const query = planQuery('SELECT k, x, n FROM t CROSS JOIN UNNEST(tags) WITH ORDINALITY AS u (x, n)', catalog, {
    mode: 'streaming',
    session: SESSION,
  })
  const counts: number[] = []
  const rows: Value[][] = []
  const graph = openGraph(query, catalog, {
    session: SESSION,
    partitions: () => 1,
    output: {
      emit({ count, columns }) {
        counts.push(count)
        for (let row = 0; row < count; row++) rows.push(columns.map((column: Column) => valueAt(column, row)))
      },
      reject: () => undefined,
    },
  })
  const columns = graph.scans[0]?.columns ?? []
  graph.push(
    0,
    batchOf(
      [
        [1, 0, ['a'], null, null],
        [2, 0, long, null, null],
        [3, 0, ['z'], null, null],
      ],
      columns,
    ),
  )
  expect(rows).toEqual([[1, 'a', 1], ...long.map((tag, i) => [2, tag, i + 1]), [3, 'z', 1]])
  expect(Math.max(...counts)).toBeLessThanOrEqual(8192)
  expect(counts.length).toBe(3)
})

test('an item has the partition, the record and the watermark of its list: it is late where that is', () => {
  const sql = `SELECT window_start, x, COUNT(*) AS n
    FROM TABLE(TUMBLE(TABLE (SELECT ts, x FROM t CROSS JOIN UNNEST(tags) AS u (x)), DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end, x`
  const query = planQuery(sql, catalog, { mode: 'streaming', session: SESSION })
  const { ran, output } = collecting()
  const graph = openGraph(query, catalog, { session: SESSION, partitions: () => 2, output })
  const columns = graph.scans[0]?.columns ?? []
  const at = (ts: number, ...tags: string[]): Row => [0, ts, tags, null, null]
  graph.push(0, batchOf([at(0, 'a', 'a', 'b')], columns, 0))
  graph.push(0, batchOf([at(500, 'b'), at(5000), at(900, 'x', 'y')], columns, 1))
  graph.end()
  expect(ran.rows).toEqual([
    [0, 'a', 2n],
    [0, 'b', 2n],
  ])
  const late = ran.rejects.map(({ kind, partition, origin }) => ({ kind, partition, origin }))
  expect(late).toEqual([{ kind: 'late', partition: 1, origin: 2 }])
  expect(ran.rejects).toMatchObject([{ late: { windows: 1, counted: 0 } }])
})

test('a row whose list cannot be computed is rejected, and the others go on', () => {
  const sql = `SELECT k, x FROM t CROSS JOIN UNNEST(ARRAY[CAST(tags[1] AS INT), k]) AS u (x)`
  const ran = run(
    sql,
    [
      [1, 0, ['7'], null, null],
      [2, 0, ['no'], null, null],
      [3, 0, [], null, null],
    ],
    'batch',
    10,
  )
  expect(ran.rows).toEqual([
    [1, 7],
    [1, 1],
    [3, null],
    [3, 3],
  ])
  expect(ran.rejects).toMatchObject([{ kind: 'expression', origin: 1 }])
})

const treeOf = (sql: string) => {
  const text = explain(planQuery(sql, catalog, { mode: 'batch', session: SESSION }), catalog)
  return text.slice(text.indexOf('plan\n') + 5).replace(/^ {2}/gm, '')
}

test('only the columns and the parts that are used are taken, and conditions on others are tested before', () => {
  expect(treeOf('SELECT u.name FROM t CROSS JOIN UNNEST(people) AS u WHERE k > 3 AND u.id = 1')).toBe(
    `project  name
  filter   id = 1
    unnest   each item of people: id, name
      filter   k > 3
        scan     t: decodes k, people`,
  )
  expect(treeOf('SELECT COUNT(*) AS n FROM t LEFT JOIN UNNEST(counts) AS u (a, b) ON TRUE')).toBe(
    `group    all rows: COUNT(*) AS n
  unnest   each item of counts, or NULL if it has none
    scan     t: decodes counts`,
  )
})
