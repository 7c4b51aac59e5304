/**
 * Asks Flink the random statements of a seed and the queries of Nexmark, and writes them with its rows: `make flink-goldens`, or
 * `node test/flink/made/ask.ts [STATEMENTS] [SEED]`; with `examples`, only the examples of the functions. Needs Java 17 and Maven; `make test` compares the files without them.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { type Flink, startFlink } from '../../../scripts/services/flink/flink.ts'
import { nexmarkTables } from '../nexmark/events.ts'
import { NEXMARK } from '../nexmark/queries.ts'
import { openAsking } from './asking.ts'
import { exampleStatements } from './examples.ts'
import { JOINS, joinTables } from './joins.ts'
import { type Statement, statement } from './statements.ts'
import { type MadeTables, madeTables } from './tables.ts'

const SHOWN_EVERY = 50

const given = process.argv.slice(2)
const [numRuns = 800, seed = 20_261_201] = given.map(Number).filter(Number.isFinite)

/** TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** JSON that keeps the sign of -0, and says of a number beyond 2^53 that it is a double. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (isSpecial(part) ? rawJSON(special(part)) : part))

const isSpecial = (value: unknown): value is number =>
  Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value))

const special = (value: number): string => (value === 0 ? '-0.0' : value.toExponential())

/** A file of the tables, and each statement with what Flink answered, a line each. */
async function ask(flink: Flink, name: string, tables: MadeTables, statements: readonly Statement[]): Promise<void> {
  const file = join(import.meta.dirname, `../fixtures/${name}.jsonl`)
  await using asking = await openAsking(flink, tables)
  const lines = [textOf({ tables })]
  for (const one of statements) {
    lines.push(textOf({ id: `${name}-${lines.length}`, ...one, ...(await asking.ask(one)) }))
    if (lines.length % SHOWN_EVERY === 0) process.stderr.write(`${lines.length} of ${statements.length}\n`)
  }
  await writeFile(file, `${lines.join('\n')}\n`)
  process.stderr.write(`${statements.length} statements with Flink's rows are in ${file}\n`)
}

const distinct = new Map<string, Statement>()
for (const one of fc.sample(statement, { numRuns, seed })) distinct.set(`${one.mode} ${one.sql}`, one)
const nexmark = Object.entries(NEXMARK).map(([name, sql]): Statement => {
  return { group: `nexmark ${name}`, mode: 'streaming', sql, ordered: false }
})

await using flink = await startFlink()
await ask(flink, 'examples', {}, exampleStatements)
if (!given.includes('examples')) {
  await ask(flink, 'joins', joinTables, JOINS)
  await ask(flink, 'nexmark', nexmarkTables(seed), nexmark)
  await ask(flink, 'made', madeTables(seed), [...distinct.values()])
}
