/** Joins of two streams, and windows of GROUP BY: statements that are asked of Flink in both modes, over tables without late rows. */
import type { FlinkTable, Json } from '../cases.ts'
import type { Statement } from './statements.ts'
import type { MadeTables } from './tables.ts'

const START = Date.UTC(2026, 0, 1)

type Row = readonly [id: number, k: string | null, v: number | null, second: number]

const table = (rows: readonly Row[]): FlinkTable => ({
  columns: [
    ['id', 'INT'],
    ['k', 'STRING'],
    ['v', 'INT'],
    ['ts', 'TIMESTAMP(3)'],
  ],
  rows: rows.map(([id, k, v, second]): readonly Json[] => [
    id,
    k,
    v,
    new Date(START + second * 1000).toISOString().slice(0, -1),
  ]),
  rowtime: 'ts',
  watermark: "`ts` - INTERVAL '5' SECOND",
})

/** Some rows are out of order, by less than the delay of the watermark: which rows of two inputs are late follows in Flink from chance. */
export const joinTables: MadeTables = {
  l: table([
    [1, 'a', 10, 0],
    [2, 'b', 5, 59.999],
    [3, 'a', 7, 60],
    [4, 'a', null, 90],
    [5, null, 3, 299.999],
    [6, 'b', 5, 300],
    [7, 'a', 1, 298],
    [8, 'c', 7, 540],
    [9, 'a', 10, 1200],
    [10, 'b', 2, 1200],
    [11, 'b', 8, 1499],
  ]),
  r: table([
    [21, 'a', 7, 5],
    [22, 'a', 10, 61],
    [23, 'b', 5, 60],
    [24, null, 3, 100],
    [25, 'b', 9, 302],
    [26, 'c', 7, 500],
    [27, 'a', 2, 541],
    [28, 'b', 8, 1210],
    [29, 'd', 1, 1490],
  ]),
}

const TUMBLE = "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' MINUTE)"
const HOP = "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE)"
const CUMULATE = "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)"
const SESSION = "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"
const of = (name: string, window = TUMBLE) => `TABLE(${window.replace('TABLE t', `TABLE ${name}`)})`
const SAME = 'a.window_start = b.window_start AND a.window_end = b.window_end'
const NEAR = "b.ts BETWEEN a.ts - INTERVAL '1' MINUTE AND a.ts + INTERVAL '2' MINUTE"
const groups = (name: string) =>
  `(SELECT window_start, window_end, k, COUNT(*) AS n FROM ${of(name)} GROUP BY window_start, window_end, k)`

const WINDOW_JOINS = ['INNER', 'LEFT', 'RIGHT', 'FULL'].flatMap((kind) => [
  `SELECT a.id, b.id AS y, a.window_end AS e FROM ${of('l')} a ${kind} JOIN ${of('r')} b ON ${SAME} AND a.k = b.k`,
  `SELECT a.id, b.id AS y FROM ${of('l', HOP)} a ${kind} JOIN ${of('r', HOP)} b ON ${SAME} AND a.v <= b.v AND a.k = b.k`,
  `SELECT a.id, b.id AS y FROM ${of('l', CUMULATE)} a ${kind} JOIN ${of('r', CUMULATE)} b ON ${SAME} AND a.k = b.k`,
  `SELECT a.window_start, a.k, a.n, b.n AS m FROM ${groups('l')} a ${kind} JOIN ${groups('r')} b ON ${SAME} AND a.k = b.k`,
  `SELECT a.id, b.id AS y FROM ${of('l', SESSION)} a ${kind} JOIN ${of('l', SESSION)} b ON ${SAME} AND a.k = b.k AND a.id < b.id`,
  `SELECT a.id, b.id AS y FROM ${of('l', SESSION)} a ${kind} JOIN ${of('r', SESSION)} b ON ${SAME} AND a.k = b.k`,
])

const INTERVAL_JOINS = ['INNER', 'LEFT', 'RIGHT', 'FULL'].flatMap((kind) => [
  `SELECT a.id, b.id AS y FROM l a ${kind} JOIN r b ON a.k = b.k AND ${NEAR}`,
  `SELECT a.id, b.id AS y FROM l a ${kind} JOIN r b ON ${NEAR} AND a.v < b.v`,
  `SELECT a.id, b.id AS y FROM l a ${kind} JOIN r b ON a.k = b.k AND a.ts > b.ts AND a.ts < b.ts + INTERVAL '3' MINUTE`,
  `SELECT a.id, b.id AS y FROM l a ${kind} JOIN r b ON a.k = b.k AND a.ts - INTERVAL '1' SECOND = b.ts`,
  `SELECT a.id, b.id AS y FROM l a ${kind} JOIN r b ON a.k = b.k AND a.ts BETWEEN b.ts + INTERVAL '2' MINUTE AND b.ts`,
])

const FURTHER = [
  `SELECT a.id FROM ${of('l')} a WHERE a.k IN (SELECT b.k FROM ${of('r')} b WHERE ${SAME})`,
  `SELECT a.id FROM ${of('l')} a WHERE a.k NOT IN (SELECT b.k FROM ${of('r')} b WHERE ${SAME})`,
  `SELECT a.id FROM ${of('l')} a WHERE EXISTS (SELECT b.k FROM ${of('r')} b WHERE ${SAME} AND a.k = b.k)`,
  `SELECT a.id FROM ${of('l')} a WHERE NOT EXISTS (SELECT b.k FROM ${of('r')} b WHERE ${SAME} AND a.k = b.k AND a.v > b.v)`,
  `SELECT a.id, b.id AS y FROM l a, r b WHERE a.k = b.k AND a.ts > b.ts AND a.ts < b.ts + INTERVAL '3' MINUTE`,
  'SELECT a.id, b.id AS y FROM l a JOIN l b ON a.ts = b.ts',
  `SELECT a.id, b.id AS y FROM l a LEFT JOIN r b ON a.k = b.k AND a.ts BETWEEN b.ts + INTERVAL '1' SECOND AND b.ts + INTERVAL '5' MINUTE AND a.ts > b.ts + INTERVAL '2' SECOND`,
  `SELECT window_start, COUNT(*) AS n, SUM(y) AS s FROM TABLE(TUMBLE((SELECT a.ts, b.id AS y FROM l a JOIN r b ON a.k = b.k AND ${NEAR}), DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end`,
  `SELECT a.window_start, a.window_end, COUNT(*) AS n FROM ${of('l')} a JOIN ${of('r')} b ON ${SAME} GROUP BY a.window_start, a.window_end`,
  `SELECT a.window_start, a.window_end, COUNT(b.id) AS n FROM ${of('l')} a LEFT JOIN ${of('r')} b ON ${SAME} AND a.k = b.k GROUP BY a.window_start, a.window_end`,
]

const minutes = (n: number) => `INTERVAL '${n}' MINUTE`

const GROUP_WINDOWS = [
  `SELECT window_start, COUNT(*) AS n FROM TUMBLE(TABLE l, DESCRIPTOR(ts), ${minutes(5)}) GROUP BY window_start, window_end`,
  `SELECT window_start, id FROM HOP(TABLE l, DESCRIPTOR(ts), ${minutes(3)}, ${minutes(5)})`,
  `SELECT window_start, id FROM TABLE(HOP(TABLE l, DESCRIPTOR(ts), ${minutes(5)}, ${minutes(3)}))`,
  `SELECT window_start, COUNT(*) AS n FROM TABLE(HOP(TABLE l, DESCRIPTOR(ts), ${minutes(3)}, ${minutes(5)})) GROUP BY window_start, window_end`,
  `SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(ts, id), ${minutes(5)})) GROUP BY window_start, window_end`,
  `SELECT HOP_START(ts, ${minutes(3)}, ${minutes(5)}) AS s, COUNT(*) AS n FROM l GROUP BY HOP(ts, ${minutes(3)}, ${minutes(5)})`,
  `SELECT HOP_START(ts, ${minutes(5)}, ${minutes(3)}) AS s, HOP_END(ts, ${minutes(5)}, ${minutes(3)}) AS e, k, COUNT(*) AS n FROM l GROUP BY k, HOP(ts, ${minutes(5)}, ${minutes(3)})`,
  `SELECT TUMBLE_ROWTIME(ts, ${minutes(5)}) AS rt, TUMBLE_END(ts, ${minutes(5)}) AS e, k, MAX(v) AS m FROM l WHERE v > 1 GROUP BY TUMBLE(ts, ${minutes(5)}), k HAVING COUNT(*) > 1`,
  `SELECT TUMBLE_START(rt, ${minutes(10)}) AS s, SUM(n) AS n FROM (SELECT TUMBLE_ROWTIME(ts, ${minutes(5)}) AS rt, COUNT(*) AS n FROM l GROUP BY TUMBLE(ts, ${minutes(5)})) GROUP BY TUMBLE(rt, ${minutes(10)})`,
  `SELECT SESSION_START(ts, ${minutes(1)}) AS s, SESSION_END(ts, ${minutes(1)}) AS e, SESSION_ROWTIME(ts, ${minutes(1)}) AS rt, k, COUNT(*) AS n FROM l GROUP BY SESSION(ts, ${minutes(1)}), k`,
  `SELECT SESSION_START(ts, ${minutes(1)}) AS s, v / 2 AS h, COUNT(*) AS n FROM l GROUP BY SESSION(ts, ${minutes(1)}), v / 2`,
  `SELECT SESSION_END(ts, ${minutes(2)}) AS e, COUNT(DISTINCT k) AS n FROM l GROUP BY SESSION(ts, ${minutes(2)})`,
  `SELECT COUNT(*) AS n, TUMBLE(ts, ${minutes(5)}) FROM l GROUP BY TUMBLE(ts, ${minutes(5)})`,
  `SELECT TUMBLE_START(ts, ${minutes(1)}) AS s FROM l GROUP BY TUMBLE(ts, ${minutes(5)})`,
  `SELECT TUMBLE_START(ts, ${minutes(5)}) AS s FROM l`,
]

/** Each in both modes. */
export const JOINS: readonly Statement[] = [...WINDOW_JOINS, ...INTERVAL_JOINS, ...FURTHER, ...GROUP_WINDOWS].flatMap(
  (sql) => (['streaming', 'batch'] as const).map((mode): Statement => ({ group: 'joins', mode, sql, ordered: false })),
)
