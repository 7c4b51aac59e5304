import { expect, test } from 'vitest'
import { linesOf } from '../../../test/contract/source.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { inUtf8 } from './charset.ts'
import { pollTimes } from './population.test-tool.ts'

const LATIN = Buffer.from('Zürich', 'latin1')

test.each([
  ['text/csv; charset=ISO-8859-1', LATIN],
  ['text/csv;charset="windows-1252"; header=present', LATIN],
  ['text/csv; charset=utf-16le', Buffer.from('Zürich', 'utf16le')],
  ['application/json; charset=utf-8', Buffer.from('Zürich')],
  ['application/json', Buffer.from('Zürich')],
  [undefined, Buffer.from('Zürich')],
  // Servers that send UTF-8 and call it otherwise.
  ['application/json; charset=ISO-8859-1', Buffer.from('Zürich')],
])('%s is read', (type, bytes) => {
  expect(inUtf8(bytes, type, 'http://x').toString()).toBe('Zürich')
})

test('bytes of no encoding that is named stay as they are', () => {
  expect(inUtf8(LATIN, 'text/csv', 'http://x')).toBe(LATIN)
  expect(inUtf8(LATIN, 'text/csv; charset=', 'http://x')).toBe(LATIN)
})

test('an unknown encoding is a fault of the server', () => {
  expect(() => inUtf8(LATIN, 'text/csv; charset=klingon', 'http://x')).toThrow(
    'http://x answers text in the encoding klingon, which tailrace does not know',
  )
})

test('records and cursors are found in an answer of another encoding', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    const text = path === '/' ? '{"data":["Zürich"],"next":"ä"}' : '{"data":["Genève"]}'
    response.setHeader('content-type', 'application/json; charset=utf-16le').end(Buffer.from(text, 'utf16le'))
  })
  const options = { url, records: '$.data[*]', pages: { cursor: { from: '$.next', query: 'after' } } }
  expect(linesOf((await pollTimes(1, options)).all)).toEqual(['"Zürich"', '"Genève"'])
  expect(asked.map(({ url: path }) => path)).toEqual(['/', '/?after=%C3%A4'])
})
