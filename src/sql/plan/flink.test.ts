/**
 * Flink's own answers: a statement that Flink refuses is refused here, and a statement that binds here has the columns that
 * Flink gave, by name and type. A statement that only Flink takes is refused in words, for one of the reasons listed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { typeNamed as namedType } from '../../record/named-type.ts'
import { STRING, type Type, typeName } from '../../record/type.ts'
import type { Table } from '../catalog.ts'
import { planQuery } from '../plan-query.ts'

type Case = {
  readonly id: string
  readonly mode: 'batch' | 'streaming'
  readonly sql: string
  readonly zone?: string
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly error?: 'parse' | 'validate' | 'runtime'
  readonly tables?: Readonly<Record<string, { columns: readonly [string, string][]; rowtime?: string }>>
}

const shared = process.env.TAILRACE_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))
const folder = `${shared}/flink`
const isThere = existsSync(folder)
if (!isThere) console.warn(`SKIPPED: the answers of Flink are not at ${folder}; set TAILRACE_SHARED`)

/** Refusals of statements that Flink takes. */
const NOT_YET = [
  /not supported/, // joins, OVER, SESSION, sub-queries as values, types, grouping sets …
  /must be defined on a time attribute/, // Flink adds up a stream in any order
  /never be complete|never complete|with their window/, // a stream grouped or ranked without a window
  /there is no (function|operator)|operator .* is not/, // a function of a later part
  /nothing says how many/, // ROW_NUMBER without a bound
  /bare NULL|is no value/,
  /UNION keeps each row once/,
  /DESCRIPTOR names one column/,
  /BOOLEAN and STRING/, // ok = 'true', which Flink takes and which is never true
  /SIZE of HOP must be a multiple/, // Flink's batch mode takes others
  /ARRAY|MAP|ROW|no reserved/,
  /cannot (call|compute|cast)/,
]

function typeNamed(written: string): Type | undefined {
  const [, name = '', digits] = /^(\w+)(?:\((.*)\))?$/.exec(written) ?? []
  const bound = namedType({ name, parameters: digits?.split(', ').map(Number) ?? [] })
  return 'type' in bound && bound.length === undefined ? bound.type : undefined
}

/** The type of tailrace for a type of Flink: texts have no length, and times of a result at least three digits. */
function hereCalled(written: string): string {
  const type = written.replaceAll(/\b(VAR)?CHAR\(\d+\)/g, 'STRING')
  if (type.startsWith('INTERVAL_DAY')) return 'INTERVAL DAY TO SECOND'
  if (type.startsWith('INTERVAL_YEAR')) return 'INTERVAL YEAR TO MONTH'
  return type.replace(/^(TIMESTAMP(_LTZ)?)\([012]\)$/, '$1(3)')
}

function catalogOf(one: Case): ReadonlyMap<string, Table> | undefined {
  const catalog = new Map<string, Table>()
  for (const [name, { columns, rowtime }] of Object.entries(one.tables ?? {})) {
    const fields = columns.map(([column, type]) => ({ name: column, type: typeNamed(type) }))
    if (fields.some(({ type }) => type === undefined)) return undefined
    const field = columns.findIndex(([column]) => column === rowtime)
    const known = fields.map((each) => ({ name: each.name, type: each.type ?? STRING }))
    catalog.set(name, { name, fields: known, rowtime: field === -1 ? undefined : { field, delay: 5000 } })
  }
  return catalog
}

function planOf(one: Case): { readonly columns: string } | Failure | undefined {
  const catalog = catalogOf(one)
  if (catalog === undefined) return undefined
  try {
    const session = { timezone: one.zone ?? 'UTC', now: 0 }
    const { plan } = planQuery(one.sql, catalog, { mode: one.mode, session })
    return { columns: plan.fields.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ') }
  } catch (error) {
    if (error instanceof Failure) return error
    throw new Error(`${one.id} crashed on ${one.sql}`, { cause: error })
  }
}

/** How many cases of each file must bind at least, so that a new refusal is noticed. */
const FILES = { relational: 90, window: 110, pipeline: 20, scalar: 180 } as const

describe.each(Object.entries(FILES))('%s', (file, least) => {
  test.skipIf(!isThere)('every statement is bound as Flink binds it, or refused in words', () => {
    const cases = readFileSync(`${folder}/${file}.jsonl`, 'utf8').trim().split('\n')
    const wrong: string[] = []
    let equal = 0
    for (const one of cases.map((line) => JSON.parse(line) as Case)) {
      const planned = planOf(one)
      if (planned === undefined || one.error === 'runtime') continue
      if (planned instanceof Failure) {
        const { code, place, message } = planned
        if (code !== 'sql' || place === undefined) wrong.push(`${one.id}: no place in ${message}`)
        const isKnown = one.error !== undefined || NOT_YET.some((reason) => reason.test(message))
        if (!isKnown) wrong.push(`${one.id}: refused ${one.sql}: ${message}`)
        continue
      }
      if (one.error !== undefined) wrong.push(`${one.id}: Flink refuses ${one.sql}`)
      const expected = one.columns?.map(({ name, type }) => `${name} ${hereCalled(type)}`).join(', ')
      if (planned.columns !== expected) wrong.push(`${one.id}: ${planned.columns}, and Flink has ${expected}`)
      else equal++
    }
    expect(wrong).toEqual([])
    expect(equal).toBeGreaterThanOrEqual(least)
  })
})
