/** The files of examples/payments in a folder of a test, what comes out of them, and what has to: reckoned without the engine. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type AnswerRow, type Expected, expectedOf } from '../../src/source/made/expected/answers.ts'
import { generatorOptions } from '../../src/source/made/options.ts'
import { readPools } from '../../src/source/made/payments/pool-file.ts'
import { type Environment, type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'

export const EXAMPLE = 'examples/payments'
/** The pipeline over the three hours that are made. */
export const MADE: readonly string[] = ['pipeline.yaml', '--with', 'made.yaml']
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** As the topic of the pipeline has them. */
const READING = { partitions: 3, delay: 5000, isJson: false }
/** DECIMAL(12, 2) has an average with six digits, and cents have two of them. */
const AVERAGE_OF_CENT = 10_000n
const AVERAGE_UNIT = 1_000_000n

const read = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8')

export function exampleFolder(environment: Environment = {}): Folder {
  const files = readdirSync(EXAMPLE).filter((name) => /\.(?:yaml|avsc)$|^Makefile$/.test(name))
  return folderWith(Object.fromEntries(files.map((name) => [name, read(name)])), environment)
}

export type Reckoned = Expected & { readonly minutes: readonly string[]; readonly hours: readonly string[] }

/** What has to come of the log that made.yaml makes: rows as lines of CSV, in order of their text. */
export async function reckoned(): Promise<Reckoned> {
  const dials = (name: string) => (parse(read(name)) as GeneratorFile).sources.events.generator
  const options = generatorOptions.parse({ ...dials('pipeline.yaml'), ...dials('made.yaml'), rate: 'max' })
  const expected = expectedOf(options, { ...READING, pools: await readPools('pools.yaml', EXAMPLE) })
  const lines = (question: string, size: number) =>
    (expected.answers[question]?.rows ?? []).map((row) => lineOf(row, size)).toSorted()
  return { ...expected, minutes: lines('by_minute', MINUTE), hours: lines('by_hour', HOUR) }
}

type GeneratorFile = { readonly sources: { readonly events: { readonly generator: object } } }

function lineOf({ window_start: start, ...row }: AnswerRow, size: number): string {
  const end = new Date(Date.parse(`${start}Z`) + size).toISOString().slice(0, -1)
  const events = BigInt(Number(row.events))
  const cents = BigInt(String(row.amount).replace('.', ''))
  // Half of the last digit is rounded up.
  const average = (2n * cents * AVERAGE_OF_CENT + events) / (2n * events)
  const digits = String(average % AVERAGE_UNIT).padStart(6, '0')
  const { payment_method, country, refunds, amount, failed, error_rate } = row
  const counts = [row.events, refunds, amount, `${average / AVERAGE_UNIT}.${digits}`, failed, error_rate]
  return [start, end, payment_method, country, ...counts].join()
}

/** The rows of a file of CSV, in order of their text. */
export const rowsIn = (folder: Folder, path: string): readonly string[] => folder.lines(path).slice(1).toSorted()

/** What an alert has said: whom it is about, when it fired and when that was over, in ms. */
export type Firing = { readonly what: string; readonly whom: string; readonly from: number; readonly to: number }

/**
 * What the alerts have found, in order of time; `out` is where the sinks write. An alert fires at the end of the first minute of an incident, and is over at the end of
 * the first minute behind it.
 */
export function firingsIn(folder: Folder, out: string): readonly Firing[] {
  const files = { method_fails: 'outage', country_fails: 'outage', unusual_activity: 'burst' }
  return Object.entries(files)
    .flatMap(([name, what]) => {
      const rows = jsonOf<AlertRow>(folder.lines(`${out}/${name}.ndjson`))
      return rows.flatMap(({ state, id, at, payment_method: method, country }) => {
        if (state !== 'firing') return []
        const end = rows.find((row) => row.id === id && row.state === 'resolved')
        const from = Date.parse(at) - MINUTE
        return [{ what, whom: method ?? country ?? '', from, to: Date.parse(end?.at ?? '') - MINUTE }]
      })
    })
    .toSorted((a, b) => a.from - b.from)
}

type AlertRow = {
  readonly state: string
  readonly id: string
  readonly at: string
  readonly payment_method?: string
  readonly country?: string
}

/** What each rule of the topic finds, as the generator names what is wrong. */
const FOUND_BY: Readonly<Record<string, readonly string[]>> = {
  'has a method and a currency': ['missing payment_method', 'missing currency'],
  'amount is above zero': ['range amount'],
  'currency is a code': ['form currency'],
  'country is a code': ['form country'],
}

/** The dead letters that a run has counted: those that cannot be decoded, those by rules, and those by each rule. */
export const deadIn = ({ dead, rules }: Summary): object => ({ format: dead.format, rule: dead.rule, rules })

/** Those that there have to be. */
export function deadOf({ dead, flaws }: Expected): object {
  const count = (names: readonly string[]) => names.reduce((sum, name) => sum + (flaws[name] ?? 0), 0)
  const rules = Object.entries(FOUND_BY).map(([rule, names]) => [rule, count(names)])
  return { ...dead, rules: Object.fromEntries(rules) }
}

export type Summary = {
  readonly lines: number
  readonly dead: { readonly [kind: string]: number }
  readonly rules: { readonly [rule: string]: number }
  readonly late: { readonly [query: string]: number }
}
