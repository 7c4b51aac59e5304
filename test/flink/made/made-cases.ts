/** Statements with Flink's rows that `ask.ts` wrote: a line of tables, then a statement a line. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from '../../cli/tailrace.ts'
import { type FlinkCase, parseExactly } from '../cases.ts'
import { type MadeTables, tablesOf } from './tables.ts'

/** Random statements. */
export const madeCases: readonly FlinkCase[] = casesOf('made')
/** Joins of streams, and windows of GROUP BY. */
export const joinCases: readonly FlinkCase[] = casesOf('joins')
/** The examples of docs/functions.md. */
export const exampleCases: readonly FlinkCase[] = casesOf('examples')
/** The queries of Nexmark. */
export const nexmarkCases: readonly FlinkCase[] = casesOf('nexmark')

/** Each with the tables that it reads. */
function casesOf(name: string): readonly FlinkCase[] {
  const [head = '', ...lines] = linesOf(readFileSync(join(import.meta.dirname, `../fixtures/${name}.jsonl`), 'utf8'))
  const { tables } = parseExactly(head) as { readonly tables: MadeTables }
  return lines.map((line) => {
    const one = parseExactly(line) as FlinkCase
    return { ...one, tables: tablesOf(tables, one.sql) }
  })
}
