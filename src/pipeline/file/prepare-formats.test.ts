import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { combined } from '../../format/access-log/access-log.ts'
import { defineFormat } from '../../format/format.ts'
import { json } from '../../format/json/json.ts'
import { checkPipeline } from '../check/check.ts'
import { readForCheck } from './load.ts'
import { loadEveryKind } from './load-kinds.ts'
import { messagesOf } from './mutated.test-tool.ts'
import { prepareFormats } from './prepare-formats.ts'

await loadEveryKind()

const TEXT = `version: 1
name: p
sources: { s: { file: x.log, to: t }, u: { file: y.log, to: other } }
topics:
  t: { format: { json: { columns: { a: STRING } } } }
  other: { format: combined }
queries:
  q: SELECT b FROM t
  r: SELECT host FROM other
sinks: { o: { from: q, ndjson: out }, p: { from: r, ndjson: rows } }
`

/** The loaded pipeline, prepared by a JSON that takes the options that `fetch` gives. */
async function prepared(fetch: (folder: string) => Promise<object>) {
  const loaded = readForCheck('/pipelines/p.yaml', TEXT, { environment: {} })
  const fetching = defineFormat({ ...json, prepare: (_, { folder }) => fetch(folder) })
  const formatOf = async (name: string) => (name === 'json' ? fetching : combined)
  return { ...loaded, ...(await prepareFormats(loaded, loaded, formatOf)) }
}

test('a format prepares its options before it is opened, and they are part of what the records mean', async () => {
  const columnsOf = async (type: string) =>
    checkPipeline(
      await prepared(async (folder) => ({
        columns: { a: { type: 'STRING' }, b: { type }, folder: { type: 'STRING' } },
        from: folder,
      })),
      0,
    ).pipeline.topics[0]
  const topic = await columnsOf('BIGINT')
  expect(topic?.fields.map(({ name }) => name)).toEqual(['a', 'b', 'folder'])
  expect(topic?.fingerprint).toContain('/pipelines')
  expect(topic?.fingerprint).not.toBe((await columnsOf('INT'))?.fingerprint)
})

test('what cannot be fetched now is told at its option; the rest of the file is checked all the same', async () => {
  const refused = (retryable: boolean) =>
    prepared(() =>
      Promise.reject(new Failure('io', 'the registry does not answer', { retryable, part: ['columns', 'a'] })),
    )
  const later = await refused(true)
  expect(messagesOf(() => checkPipeline(later, 0).warnings)).toContain('p.yaml:5:40: the registry does not answer')
  // `check` leaves it out: neither the topic nor what reads it is a mistake.
  const { pipeline, warnings } = checkPipeline({ ...later, unprepared: [] }, 0)
  expect(warnings).toEqual([])
  expect(pipeline.queries.map(({ name }) => name)).toEqual(['r'])
  const never = await refused(false)
  expect(messagesOf(() => checkPipeline({ ...never, unprepared: [] }, 0).warnings)).toContain('5:40: the registry')
})
