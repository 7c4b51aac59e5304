import { expect, test } from 'vitest'
import { linesOf, runSource, sourceContract } from '../../../test/contract/source.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { http } from './http.ts'

const PAGES = [[{ id: 1 }, { id: 2 }], [{ id: 3 }], [{ id: 4 }, { id: 5 }, { id: 6 }]]

sourceContract(http, async () => {
  const { url } = await startServer(({ url: path }, response) => {
    const number = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0)
    const next = number + 1 < PAGES.length ? number + 1 : null
    response.end(JSON.stringify({ data: PAGES[number], next }))
  })
  return {
    options: { url, every: '1s', records: '$.data[*]', pages: { cursor: { from: '$.next', query: 'cursor' } } },
    expected: PAGES.flat().map((one) => JSON.stringify(one)),
  }
})

test('an answer is one record, with the line ends in it, and is dropped while it stays the same', async () => {
  let asked = 0
  const stop = new AbortController()
  const { url } = await startServer((_, response) => {
    if (++asked === 4) stop.abort()
    response.end(asked < 3 ? '{\n  "a": 1\n}\n' : '{\n  "a": 2\n}\n')
  })
  const all = await runSource(http, { url, every: '1ms' }, { untilEnd: false, signal: stop.signal })
  expect(linesOf(all)).toEqual(['{\n  "a": 1\n}', '{\n  "a": 2\n}'])
})
