/** What the documents say is so: every statement in them runs, every pipeline is checked, every table of options is current. */

import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import * as z from 'zod'
import { Failure } from '../../src/base/failure.ts'
import { formats } from '../../src/format/all.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { readPipeline } from '../../src/pipeline/file/load.ts'
import { prepareFormats } from '../../src/pipeline/file/prepare-formats.ts'
import { pipelineJsonSchema } from '../../src/pipeline/file/schema.ts'
import { sinks } from '../../src/sink/all.ts'
import { sources } from '../../src/source/all.ts'
import type { Catalog } from '../../src/sql/catalog.ts'
import { scalarFunctions } from '../../src/sql/function/all.ts'
import type { Mode } from '../../src/sql/plan/plan.ts'
import { planQuery } from '../../src/sql/plan-query.ts'
import { functionsPage } from '../../tools/functions-page.ts'
import { ask } from '../query/ask.ts'
import { blocksOf, codeIn, PAGES, partOf, readDocument, tableRows } from './markdown.ts'

const LOG = join(import.meta.dirname, 'access.log')
const session = { timezone: 'UTC', now: Date.UTC(2026, 2, 1) }
const language = readDocument('docs/language.md')

const askLog = (sql: string, output: 'table' | 'csv' = 'table') => {
  const usesLog = /\blog\b/.test(sql)
  return ask(sql, usesLog ? [{ name: 'log', patterns: [LOG], format: 'combined' }] : [], { output, now: session.now })
}

/** The table that `tailrace check` takes for a statement, with a watermark. */
function catalog(): Catalog {
  const opened = formats.get('combined')?.open({}, undefined)
  if (opened?.rowtime === undefined) throw new Error('there is no format combined')
  const fields = opened.fields.map((field, index) => (index === opened.rowtime ? { ...field, rowtime: true } : field))
  return new Map([['log', { name: 'log', fields, rowtime: { field: opened.rowtime, delay: 0 } }]])
}

function isRefused(sql: string, mode: Mode): boolean {
  try {
    planQuery(sql, catalog(), { mode, session })
    return false
  } catch (error) {
    if (error instanceof Failure) return true
    throw error
  }
}

const withoutBlanks = (text: string): string => text.replaceAll(/[ \t]+$/gm, '').trim()
const asSelect = (code: string): string => (/^(SELECT|WITH|VALUES)\b/.test(code) ? code : `SELECT ${code}`)

describe('docs/language.md', () => {
  const statements = blocksOf(language).filter(({ info }) => info.startsWith('sql'))

  test.each(statements.map((block) => [block.line, block] as const))(
    'line %i: the statement runs',
    async (_, block) => {
      const { text, deadLines } = await askLog(block.text)
      expect(deadLines).toEqual([])
      if (block.gives !== undefined) expect(withoutBlanks(text)).toBe(withoutBlanks(block.gives))
      expect(isRefused(block.text, 'streaming')).toBe(block.info === 'sql batch')
    },
  )

  const given = tableRows(partOf(language, '## Surprises')).map(([code, value]) => [codeIn(code), codeIn(value)])
  test('there are surprises', () => expect(given.length).toBeGreaterThan(30))

  test.each(given)('%s gives %s', async (code = '', expected = '') => {
    const sql = asSelect(code)
    if (expected === 'refused') return void expect(isRefused(sql, 'batch')).toBe(true)
    const { text, deadLines } = await askLog(sql, 'csv')
    if (expected === 'dead letter') return void expect(deadLines).not.toEqual([])
    const [, value = ''] = text.split('\n')
    expect(value === '' ? 'NULL' : value.replaceAll(/^"|"$/g, '')).toBe(expected.replaceAll(/^'|'$/g, ''))
  })

  const refused = tableRows(partOf(language, '## Refused')).map(([code]) => [codeIn(code)])
  test('there are refusals', () => expect(refused.length).toBeGreaterThan(20))

  test.each(refused)('%s is refused', (code = '') => {
    const sql = /\bFROM\b/.test(code) ? asSelect(code) : `${asSelect(code)} FROM log`
    expect(isRefused(sql, 'streaming')).toBe(true)
  })
})

test('every statement of a command in README runs', async () => {
  const shell = blocksOf(readDocument('README.md')).filter(({ info }) => info === 'sh')
  const statements = shell.flatMap(({ text }) => [...text.matchAll(/tailrace query "([^"]+)"/g)].map(([, sql]) => sql))
  expect(statements.length).toBeGreaterThan(1)
  for (const sql of statements) expect((await askLog(sql ?? '')).deadLines).toEqual([])
})

/** What a part of a pipeline file is put into, where it is not a whole one. */
const AROUND = {
  version: 1,
  name: 'part',
  topics: { access: { format: 'combined', watermark: "ts - INTERVAL '5' SECOND" } },
  queries: { errors: { count: { every: '1m', from: 'access' } } },
}

const jsonSchema = await pipelineJsonSchema()

describe('pipelines', () => {
  const blocks = PAGES.flatMap((page) =>
    blocksOf(readDocument(page))
      .filter(({ info }) => info === 'yaml')
      .map((block) => [`${page}:${block.line}`, block.text] as const),
  )

  const published = z.fromJSONSchema(JSON.parse(JSON.stringify(jsonSchema)))

  test.each(blocks)('%s is fine, also in an editor', async (place, text) => {
    const part = parse(text, { stringKeys: true }) as { readonly topics?: object } | null
    const whole =
      part !== null && 'version' in part
        ? text
        : stringify({ ...AROUND, ...part, topics: { ...AROUND.topics, ...part?.topics } })
    const environment = {
      LOG: 'access.log',
      PORT: '9999',
      INGEST_TOKEN: 'secret',
      KAFKA_PASSWORD: 'secret',
      SMTP_PASSWORD: 'secret',
      TOKEN: 'secret',
      KEY: 'secret',
      PASSWORD: 'secret',
    }
    const loaded = readPipeline(place, whole, { environment })
    const { unprepared } = await prepareFormats(loaded, loaded)
    // The rest of a topic is known by what its registry says, and there is none here.
    if (unprepared.length === 0) expect(checkPipeline(loaded, session.now).warnings).toEqual([])
    else expect(unprepared.map(({ message }) => message)).toEqual([expect.stringContaining('cannot reach http')])
    expect(published.safeParse(parse(whole, { stringKeys: true })).error?.issues).toBeUndefined()
  })

  test('the overlay of docs/pipeline-file.md can be laid over the first pipeline of the page', () => {
    const page = blocksOf(readDocument('docs/pipeline-file.md'))
    const textOf = (info: string) => page.find((block) => block.info === info)?.text ?? ''
    const overlay = textOf('yaml overlay')
    const laid = readPipeline('page', textOf('yaml'), { environment: {} }, [['overlay', overlay]])
    expect(overlay).not.toBe('')
    expect(checkPipeline(laid, session.now).pipeline.sinks.map(({ name }) => name)).toEqual(['archive'])
  })

  test('an editor marks a key that does not exist', () => {
    expect(
      published.safeParse({ version: 1, name: 'n', topics: { t: { format: 'common', partition: 1 } } }).success,
    ).toBe(false)
  })
})

type Schema = {
  readonly properties?: Readonly<Record<string, Schema & { readonly default?: unknown }>>
  readonly anyOf?: readonly Schema[]
}

const propertiesOf = ({ properties, anyOf = [] }: Schema) =>
  properties ?? anyOf.find((each) => each.properties)?.properties

/** Options by name, those of a group as GROUP.NAME, with what they are where nothing is said. */
function optionsOf(type: z.ZodType): readonly (readonly [string, string])[] {
  const listed = (schema: Schema, group: string): (readonly [string, string])[] =>
    Object.entries(propertiesOf(schema) ?? {}).flatMap(([name, option]) => {
      if (isDeepStrictEqual(option.default, {})) return listed(option, `${name}.`)
      return [[group + name, option.default === undefined ? '' : String(option.default)]]
    })
  return listed(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema, '')
}

const parts = [
  ...(await sources.loadAll()).map((type) => ['Sources', type] as const),
  ...(await sinks.loadAll()).map((type) => ['Sinks', type] as const),
]

test.each(parts.map(([chapter, type]) => [type.name, chapter, type] as const))(
  'docs/sources-and-sinks.md has every option of %s, in %s',
  (name, chapter, type) => {
    const part = partOf(partOf(readDocument('docs/sources-and-sinks.md'), `## ${chapter}`), `### ${name}`)
    expect(part).toContain(type.summary)
    const told = tableRows(part).map(([option, value]) => [codeIn(option) ?? '', codeIn(value) ?? ''])
    expect(told).toEqual(optionsOf(type.options))
  },
)

test('docs/functions.md is what `node tools/functions-page.ts` writes', () => {
  expect(readDocument('docs/functions.md')).toBe(functionsPage(scalarFunctions.values()))
})
