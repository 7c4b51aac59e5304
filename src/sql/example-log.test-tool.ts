/** For tests: a log with a watermark, and short ways to plan a statement over it. */
import { BIGINT, decimal, INT, STRING, TIMESTAMP_LTZ, typeName } from '../record/type.ts'
import type { Catalog } from './catalog.ts'
import { explain } from './explain.ts'
import type { Mode, Query } from './plan/plan.ts'
import { planQuery } from './plan-query.ts'
import { refusalText } from './refusal.test-tool.ts'

export const catalog: Catalog = new Map([
  [
    'log',
    {
      name: 'log',
      fields: [
        { name: 'host', type: STRING },
        { name: 'ts', type: TIMESTAMP_LTZ },
        { name: 'http_method', type: STRING },
        { name: 'path', type: STRING },
        { name: 'status', type: INT },
        { name: 'body_bytes', type: BIGINT },
        { name: 'price', type: decimal(10, 2) },
      ],
      rowtime: { field: 1, delay: 5000 },
    },
  ],
  ['shops', { name: 'shops', fields: [{ name: 'name', type: STRING }], rowtime: undefined }],
])

export const plan = (sql: string, mode: Mode = 'streaming'): Query =>
  planQuery(sql, catalog, { mode, session: { timezone: 'UTC', now: 0 } })

/** Only the tree that `explain` prints. */
export function tree(sql: string, mode: Mode = 'streaming'): string {
  const text = explain({ ...plan(sql, mode), warnings: [] }, catalog)
  return text.slice(text.indexOf('plan\n') + 5).replace(/^ {2}/gm, '')
}

/** The result's columns: "host STRING, n BIGINT". */
export const columns = (sql: string, mode: Mode = 'batch'): string =>
  plan(sql, mode)
    .plan.fields.map(({ name, type }) => `${name} ${typeName(type)}`)
    .join(', ')

/** The refusal of a statement, as a terminal shows it. */
export const refusal = (sql: string, mode: Mode = 'batch'): string => refusalText(() => plan(sql, mode))

export const TUMBLE: string = "TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
export const WINDOW: string = 'window_start, window_end'
/** The first query of every pipeline: requests by method and minute. */
export const BY_METHOD: string = `SELECT ${WINDOW}, http_method, COUNT(*) AS hits FROM ${TUMBLE} GROUP BY ${WINDOW}, http_method`
