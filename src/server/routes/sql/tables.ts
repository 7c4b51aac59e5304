/** `/api/v1/sql/tables`: the tables that statements can read, with their columns. */
import * as z from 'zod'
import type { CheckedPipeline } from '../../../pipeline/checked.ts'
import { typeName } from '../../../record/type.ts'
import { quote } from '../../../sql/bind/name.ts'
import type { Table } from '../../../sql/catalog.ts'
import type { SqlTable } from '../../api/sql.ts'
import { openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, type Route } from '../route.ts'

const written = z.string().describe('its name as SQL writes it')

const sqlTable: z.ZodType<SqlTable> = z.strictObject({
  name: z.string(),
  written,
  kind: z.enum(['topic', 'query', 'view', 'lookup', 'store']),
  columns: z.array(z.strictObject({ name: z.string(), written, type: z.string() })),
  time: z.string().nullable(),
})

export const sqlTables: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/sql/tables',
  summary: 'The tables that statements can read, with their columns.',
  answer: inJson(z.strictObject({ timezone: z.string(), tables: z.array(sqlTable) })),
  handle(_, { run }) {
    const { pipeline } = openRunOf(run)
    const tables = [...pipeline.catalog.values()].map((table) => tableOf(table, pipeline))
    return { timezone: pipeline.timezone, tables }
  },
})

function tableOf({ name, fields, rowtime, view }: Table, pipeline: CheckedPipeline): SqlTable {
  const known = view === undefined ? undefined : pipeline.views.find((one) => one.name === name)
  const time = rowtime?.field ?? known?.rowtime
  const columns = known?.fields ?? fields
  return {
    name,
    written: quote(name),
    kind: kindOf(name, pipeline),
    columns: columns.map((field) => ({ name: field.name, written: quote(field.name), type: typeName(field.type) })),
    time: columns[time ?? -1]?.name ?? null,
  }
}

function kindOf(name: string, { queries, views, lookups, tables }: CheckedPipeline): SqlTable['kind'] {
  if (queries.some((query) => query.name === name)) return 'query'
  if (views.some((view) => view.name === name)) return 'view'
  if (lookups.has(name)) return 'lookup'
  return tables.has(name) ? 'store' : 'topic'
}
