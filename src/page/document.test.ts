import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../record/type.ts'
import { pageDocument } from './document.ts'
import type { PageCell, PageData } from './page-data.ts'
import { cellsOfRow, pageColumns, rowOfJson } from './rows.ts'

const assets = { script: 'draw()', style: 'p{color:red}' }
const dataOf = (rows: readonly (readonly PageCell[])[]): PageData => ({
  title: 'access.log',
  madeAt: '2026-12-01T00:00:00.000Z',
  version: '0.1.0',
  command: 'tailrace query',
  timezone: 'UTC',
  facts: [['lines', '3']],
  results: [
    {
      name: 'rows',
      sql: "SELECT '</script>'",
      columns: pageColumns([{ name: 'path', type: STRING }], [0]),
      rows,
      total: rows.length,
      kept: 'first',
    },
  ],
})

// Promise page-safe: No text of a row can become a part of a page of results: its two scripts are all that it has, and what it shows is what was in the row.
test('whatever is in a row, the page has its own two scripts and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('</script><script>alert(1)</script>', '<img src=x onerror=a>', '<!--', '\u2028'),
        ),
      ),
      (texts) => {
        const html = pageDocument(dataOf(texts.map((text) => [text])), assets)
        expect(html.match(/<script|<\/script/g)).toHaveLength(4)
        expect(html).not.toMatch(/<img|<!--/)
        const [, json] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html) ?? []
        expect(JSON.parse(json ?? '').results[0].rows).toEqual(JSON.parse(JSON.stringify(texts.map((text) => [text]))))
      },
    ),
  )
})

test('its policy allows its own script and style, and no server', () => {
  const html = pageDocument(dataOf([['/']]), assets)
  expect(html).toContain("default-src 'none'; script-src 'sha256-")
  expect(html).not.toMatch(/(src|href)=/)
})

test('without a script it is a table, cut in words', () => {
  const html = pageDocument(dataOf(Array.from({ length: 300 }, (_, index) => [`/page/${index}`])), assets)
  expect(html).toContain('<td>/page/199</td>')
  expect(html).not.toContain('<td>/page/200</td>')
  expect(html).toContain('The first 200 of 300 rows.')
})

test('a number keeps its digits', () => {
  const row = rowOfJson('{"a":9007199254740993,"b":1.50,"c":12,"d":{"x":0.1}}')
  expect(cellsOfRow(row, [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }, { name: 'e' }])).toEqual([
    '9007199254740993',
    '1.50',
    12,
    { x: 0.1 },
    null,
  ])
})
