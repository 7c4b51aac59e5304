/** A view means what its text means as a sub-query: of every statement that Flink was asked, the plans are the same. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../base/failure.ts'
import { typeNamed } from '../../../record/named-type.ts'
import { STRING } from '../../../record/type.ts'
import type { Catalog, Table } from '../../catalog.ts'
import { explain } from '../../explain.ts'
import { planQuery } from '../../plan-query.ts'
import { parseQuery } from '../../syntax/parse.ts'

type Case = {
  readonly id: string
  readonly mode: 'batch' | 'streaming'
  readonly sql: string
  readonly error?: string
  readonly tables?: Readonly<Record<string, { columns: readonly [string, string][]; rowtime?: string }>>
}

const shared = process.env.TAILRACE_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url))
const folder = `${shared}/flink`
const isThere = existsSync(folder)
if (!isThere) console.warn(`SKIPPED: the answers of Flink are not at ${folder}; set TAILRACE_SHARED`)

function catalogOf({ tables = {} }: Case): Map<string, Table> {
  const made = Object.entries(tables).map(([name, { columns, rowtime }]): [string, Table] => {
    const fields = columns.map(([column, written]) => {
      const [, type = '', digits] = /^(\w+)(?:\((.*)\))?$/.exec(written) ?? []
      const bound = typeNamed({ name: type, parameters: digits?.split(', ').map(Number) ?? [] })
      return { name: column, type: 'type' in bound ? bound.type : STRING }
    })
    const field = columns.findIndex(([column]) => column === rowtime)
    return [name, { name, fields, rowtime: field < 0 ? undefined : { field, delay: 5000 } }]
  })
  return new Map(made)
}

const planOf = (sql: string, catalog: Catalog, mode: Case['mode']): string => {
  try {
    // The warnings are said of the view by itself.
    return explain(
      { ...planQuery(sql, catalog, { mode, session: { timezone: 'UTC', now: 0 } }), warnings: [] },
      catalog,
    )
  } catch (error) {
    if (error instanceof Failure) return 'refused'
    throw error
  }
}

/** How many statements of each file must be planned at least. */
const FILES = { relational: 60, window: 90, pipeline: 20 } as const

describe.each(Object.entries(FILES))('%s', (file, least) => {
  test.skipIf(!isThere)('a view has the plan of its text', () => {
    const cases = readFileSync(`${folder}/${file}.jsonl`, 'utf8').trim().split('\n')
    let equal = 0
    for (const one of cases.map((line) => JSON.parse(line) as Case)) {
      const catalog = catalogOf(one)
      const expected = planOf(`SELECT * FROM (${one.sql})`, catalog, one.mode)
      if (expected === 'refused') continue
      const query = parseQuery(one.sql)
      catalog.set('v', { name: 'v', fields: [], rowtime: undefined, view: { name: 'v', sql: one.sql, query } })
      expect(planOf('SELECT * FROM v', catalog, one.mode), one.id).toBe(expected)
      equal++
    }
    expect(equal).toBeGreaterThanOrEqual(least)
  })
})
