/** A query with more state than its limit ends the run with a message, and nothing is lost: with more room it goes on. */
import { expect, test } from 'vitest'
import { type Folder, folderWith } from '../../test/cli/tailrace.ts'
import { checkedText, runInProcess } from '../../test/run/in-process.ts'

const textOf = (state: string, limits = '') => `version: 1
name: p
sources: { log: { file: access.log, to: access } }
topics:
  access:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  minutes: { count: { every: 1m, from: access } }
  keys:
    count: { by: k, every: 1h, from: access }
    ${state}
sinks: { keys: { from: keys, ndjson: keys.ndjson }, minutes: { from: minutes, ndjson: minutes.ndjson } }
checkpoint: { interval: 20ms }
${limits}
`

const run = ({ path, at }: Folder, text: string) => runInProcess(checkedText(text, path), { dataFolder: at('data') })

/** Lines of two hours, each with a key of its own. */
const LINES = Array.from({ length: 60_000 }, (_, i) => {
  const ts = new Date(Date.UTC(2026, 0, 1) + (i * 7_200_000) / 60_000).toISOString().slice(0, -1)
  return `${JSON.stringify({ ts, k: `key ${i}` })}\n`
})

// Promise state-limit: A query beyond its `state` limit ends the run with a message, and the next run goes on as if nothing had
// happened.
test('at its limit a query ends the run with a message; with more room, the next run goes on as if nothing had happened', async () => {
  using folder = folderWith({ 'access.log': LINES.join('') })
  using other = folderWith({ 'access.log': LINES.join('') })
  await expect(run(folder, textOf('state: { limit: 1MiB }'))).rejects.toMatchObject({
    name: 'Failure',
    code: 'limit',
    message: expect.stringMatching(
      /^query "keys" holds [\d.]+ MiB for [\d,]+ groups in [12] open windows?, more than its limit of 1 MiB$/,
    ),
    hint: expect.stringContaining('limits: { state: … }'),
  })
  // The state of the checkpoint does not fit either: the next run says so at once, and does no harm.
  await expect(run(folder, textOf('state: { limit: 1MiB }'))).rejects.toMatchObject({ code: 'limit' })
  await run(folder, textOf('state: { limit: 32MiB }'))
  const { state } = await run(other, textOf(''))
  for (const file of ['keys.ndjson', 'minutes.ndjson']) expect(folder.read(file)).toBe(other.read(file))
  expect(state.keys?.mostBytes).toBeGreaterThan(2 ** 20)
  expect(state.minutes?.mostBytes).toBeLessThan(2 ** 20)
})

test('limits.state is for every query without a limit; a limit that nothing fits into is refused, and so is ttl', () => {
  const limitsOf = (state: string, limits?: string) => {
    const { queries } = checkedText(textOf(state, limits), '.')
    return Object.fromEntries(queries.map(({ name, stateLimit }) => [name, stateLimit]))
  }
  expect(limitsOf('state: { limit: 5MiB }', 'limits: { state: 2MiB }')).toEqual({ keys: 5 << 20, minutes: 2 << 20 })
  expect(limitsOf('').keys).toBeGreaterThan(2 ** 24)
  expect(limitsOf('').keys).toBeLessThanOrEqual(2 ** 30)
  expect(() => limitsOf('state: { limit: 10KiB }')).toThrow('less than 1MiB')
  expect(() => limitsOf('', 'limits: { state: 10KiB }')).toThrow('less than 1MiB')
  expect(() => limitsOf('state: { ttl: 1h }')).toThrow('ttl has no use here')
})
