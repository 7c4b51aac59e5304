/** Statements about this pipeline's own tables, to begin with. */
import type { SqlTable, StatementMode } from '../../../src/server/api/sql.ts'

export type Example = { readonly title: string; readonly sql: string; readonly mode: StatementMode }

export function examplesFor(tables: readonly SqlTable[]): readonly Example[] {
  const table = tables.find(({ kind, time }) => kind === 'topic' && time !== null) ?? tables[0]
  if (table === undefined) return []
  const name = table.written
  const text = table.columns.find((column) => column.type === 'STRING')
  const time = table.columns.find((column) => column.name === table.time)
  const last: Example = { title: `Records of ${table.name}`, sql: `SELECT *\nFROM ${name}\nLIMIT 100`, mode: 'history' }
  const most: readonly Example[] =
    text === undefined
      ? []
      : [
          {
            title: `Most frequent ${text.name}`,
            sql: `SELECT ${text.written}, COUNT(*) AS n\nFROM ${name}\nGROUP BY ${text.written}\nORDER BY n DESC\nLIMIT 20`,
            mode: 'history',
          },
        ]
  if (time === undefined) return [...most, last]
  const window = `TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(${time.written}), INTERVAL '1' MINUTE))`
  const perMinute: Example = {
    title: `Records of ${table.name} a minute, live`,
    sql: `SELECT window_start, window_end, COUNT(*) AS n\nFROM ${window}\nGROUP BY window_start, window_end`,
    mode: 'live',
  }
  return [...most, perMinute, last]
}
