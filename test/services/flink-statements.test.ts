/**
 * Random statements, asked of a running Flink and of the engine: TAILRACE_STATEMENTS of them, from seed TAILRACE_SEED. And statements
 * whose answers are kept in ../shared/flink, asked of Flink again.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Answer, cases, type FlinkCase } from '../flink/cases.ts'
import { difference } from '../flink/difference.ts'
import { openAsking } from '../flink/made/asking.ts'
import { statement } from '../flink/made/statements.ts'
import { type MadeTables, madeTables, tablesOf } from '../flink/made/tables.ts'
import { sameRows } from '../flink/rows.ts'
import { runCase } from '../flink/run.ts'
import { isMissing } from './missing.ts'

const count = Number(process.env.TAILRACE_STATEMENTS ?? 60)
const seed = Number(process.env.TAILRACE_SEED ?? 1)
const LIMIT_MS = 300_000 + count * 5000
const lacking = await isMissing('Flink', () => installedJars('flink'))

describe.skipIf(lacking)('a real Flink', () => {
  test(`${count} random statements from seed ${seed} give its rows, or are refused`, {
    timeout: LIMIT_MS,
  }, async () => {
    await using flink = await startFlink()
    expect(await differences(flink)).toEqual([])
  })
})

/** The kept statements that are asked again, spread over all of them. */
const AGAIN = 100
const KEPT_LIMIT_MS = 1_200_000
/** With the zone of the sessions, and values that JSON writes as they are. */
const askable = cases.filter(
  (one): one is Answer =>
    one.error === undefined && one.zone === undefined && !/\d{16}/.test(JSON.stringify(one, numbers)),
)

describe.skipIf(lacking || askable.length === 0)('the answers of Flink that are kept', () => {
  test(`${AGAIN} of them are what it answers now`, { timeout: KEPT_LIMIT_MS }, async () => {
    // A UNION of many VALUES has a shuffle for each, with this number of buffers.
    await using flink = await startFlink({ settings: { 'taskmanager.network.sort-shuffle.min-buffers': 16 } })
    const wrong: string[] = []
    let asked = 0
    for (let i = 0; i < AGAIN; i++) {
      const one = askable[Math.floor((i * askable.length) / AGAIN)] as Answer
      await using asking = await openAsking(flink, one.tables ?? {})
      const answer = await asking.ask(one)
      asked++
      if ('error' in answer) wrong.push(`${one.id}: ${one.sql}: ${answer.message}`)
      else if (!sameRows(answer.rows, one.rows, one.ordered)) {
        wrong.push(
          `${one.id}: ${one.sql}: ${JSON.stringify(answer.rows, numbers)} was ${JSON.stringify(one.rows, numbers)}`,
        )
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBe(AGAIN)
  })
})

function numbers(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** The statements whose rows differ, with both. */
async function differences(flink: Flink): Promise<readonly string[]> {
  const tables: MadeTables = madeTables(seed)
  await using asking = await openAsking(flink, tables)
  const wrong: string[] = []
  let answered = 0
  for (const one of fc.sample(statement, { numRuns: count, seed })) {
    const asked = await asking.ask(one)
    const what = differenceOf({ id: `seed ${seed}`, ...one, ...asked, tables: tablesOf(tables, one.sql) } as FlinkCase)
    if (what !== undefined) wrong.push(`${one.mode}: ${one.sql}: ${what}`)
    if (!('error' in asked)) answered++
  }
  // Not all are refused by both, which would show nothing.
  expect(answered).toBeGreaterThan(count / 2)
  return wrong
}

function differenceOf(one: FlinkCase): string | undefined {
  return one.error === undefined ? difference(one, runCase(one, 1000)) : undefined
}
