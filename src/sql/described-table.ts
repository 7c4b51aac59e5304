/** The rows of DESCRIBE, as Flink's SQL client prints them: a row for each column. */
import { BOOLEAN, type Field, STRING, typeName } from '../record/type.ts'
import type { Catalog } from './catalog.ts'
import { literal } from './expression/fold.ts'
import { printInterval } from './expression/print.ts'
import type { Plan } from './plan/plan.ts'

const FIELDS: readonly Field[] = [
  { name: 'name', type: STRING },
  { name: 'type', type: STRING },
  { name: 'null', type: BOOLEAN },
  { name: 'key', type: STRING },
  { name: 'extras', type: STRING },
  { name: 'watermark', type: STRING },
]

/** The plan that gives the columns `fields` of the table or view `name` as rows. No column has a key, or is never NULL. */
export function describedTable(name: string, fields: readonly Field[], catalog: Catalog): Plan {
  const { rowtime } = catalog.get(name) ?? {}
  const none = literal(null, STRING)
  const rows = fields.map((field, index) => {
    const isTimed = rowtime?.field === index
    const type = `${typeName(field.type)}${field.rowtime === true ? ' *ROWTIME*' : ''}`
    const delay = rowtime === undefined || rowtime.delay === 0 ? '' : ` - ${printInterval(rowtime.delay)}`
    const watermark = isTimed ? literal(`\`${field.name}\`${delay}`, STRING) : none
    return [literal(field.name, STRING), literal(type, STRING), literal(true, BOOLEAN), none, none, watermark]
  })
  return { kind: 'values', rows, fields: FIELDS }
}
