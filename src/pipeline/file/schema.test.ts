import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { formats } from '../../format/all.ts'
import { sinks } from '../../sink/all.ts'
import { sources } from '../../source/all.ts'
import { checkPipeline } from '../check/check.ts'
import { readPipeline } from './load.ts'
import { loadEveryKind } from './load-kinds.ts'
import { pipelineJsonSchema, pipelineSchema } from './schema.ts'

type JsonSchema = {
  readonly properties?: { readonly [key: string]: JsonSchema }
  readonly additionalProperties?: JsonSchema | false
  readonly anyOf?: readonly JsonSchema[]
}

await loadEveryKind()

const page = readFileSync('docs/pipeline-file.md', 'utf8')
const schema = z.toJSONSchema(pipelineSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema

/** Every key of the file, at any depth. */
function keysOf(node: JsonSchema): readonly string[] {
  const { properties = {}, additionalProperties, anyOf = [] } = node
  const inner = [...Object.values(properties), ...anyOf, ...(additionalProperties ? [additionalProperties] : [])]
  return [...Object.keys(properties), ...inner.flatMap(keysOf)]
}

test('the JSON Schema knows every kind of source and sink, and their options', () => {
  const keys = keysOf(schema)
  for (const name of [...sources.names, ...sinks.names]) expect(keys).toContain(name)
  expect(keys).toEqual(expect.arrayContaining(['partitions', 'watermark', 'every', 'max_line', 'roll']))
})

test('the JSON Schema knows every format, its options, and the format inside it', async () => {
  const text = JSON.stringify(await pipelineJsonSchema())
  const { $defs, properties } = JSON.parse(text)
  const [short, full] = $defs.format.anyOf
  expect(short.enum).toEqual([...formats.names])
  expect(Object.keys(full.properties)).toEqual([...formats.names])
  const { columns, inside } = full.properties.json.properties
  expect(columns.type).toBe('object')
  expect(inside.additionalProperties).toEqual({ $ref: '#/$defs/format' })
  expect(properties.topics.additionalProperties.properties.format.anyOf).toEqual($defs.format.anyOf)
})

test('the page about the pipeline file names every key', () => {
  // Formats have a page of their own.
  const known = page + readFileSync('docs/formats.md', 'utf8')
  expect([...new Set(keysOf(schema))].filter((key) => !new RegExp(`\\b${key}\\b`).test(known))).toEqual([])
})

test('the pipelines on the page are fine', () => {
  const examples = [...page.matchAll(/```yaml\n(version:[\s\S]*?)```/g)].map(([, text]) => text ?? '')
  expect(examples.length).toBeGreaterThan(0)
  for (const text of examples) {
    expect(checkPipeline(readPipeline('docs/pipeline-file.md', text, { environment: {} }), 0).warnings).toEqual([])
  }
})
