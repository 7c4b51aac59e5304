import { expect, test } from 'vitest'
import { linesOf } from '../../../test/contract/source.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { pollTimes, startTestPopulation } from './population.test-tool.ts'

const YEARS = [2022, 2021, 2020, 2019, 2018, 2017, 2016, 2015, 2014, 2013]
const yearsOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line)['ID Year'])

test.each([
  ['the header Link', { query: { limit: 4 }, pages: { next_link: 'header' } }],
  ['a cursor', { query: { limit: 4 }, pages: { cursor: { from: '$.next', query: 'cursor' } } }],
  ['page numbers', { query: { limit: 4 }, pages: { page: { query: 'page' } } }],
  ['offsets', { query: { limit: 4 }, pages: { page: { query: 'cursor', from: 0, by: 4 } } }],
])('pages by %s: all rows once, and a changed page alone when the next poll finds one', async (_, options) => {
  const { url, population } = await startTestPopulation({ seed: 3 })
  const asking = { url: `${url}/population`, records: '$.data[*]', ...options }
  const first = await pollTimes(1, asking)
  expect(yearsOf(linesOf(first.all))).toEqual(YEARS)
  const place = first.all.at(-1)?.place
  expect(linesOf((await pollTimes(2, asking, { place })).all)).toEqual([])
  // The second change of this seed revises a number: the page that it is on has changed.
  let changed = population.change()
  while (!YEARS.includes(changed['ID Year'])) changed = population.change()
  const second = await pollTimes(1, asking, { place })
  expect(linesOf(second.all).length).toBeLessThanOrEqual(YEARS.length + 1)
  expect(linesOf(second.all)).toContain(JSON.stringify(changed))
})

test('a feed goes on at its cursor, in the next poll and in the next run', async () => {
  const { url, population } = await startTestPopulation()
  const feed = {
    url: `${url}/changes`,
    query: { limit: 2 },
    records: '$.data[*]',
    pages: { cursor: { from: '$.next', query: 'after' } },
  }
  const numbers = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).number)
  for (let i = 0; i < 5; i++) population.change()
  const first = await pollTimes(3, feed)
  expect(numbers(linesOf(first.all))).toEqual([1, 2, 3, 4, 5])
  for (let i = 0; i < 3; i++) population.change()
  const second = await pollTimes(2, feed, { place: first.all.at(-1)?.place })
  expect(numbers(linesOf(second.all))).toEqual([6, 7, 8])
})

test('`at_end: stay` keeps the last cursor that there was', async () => {
  const { url, population } = await startTestPopulation()
  const feed = {
    url: `${url}/changes`,
    records: '$.data[*]',
    pages: { cursor: { from: '$.data[-1].number', query: 'after', at_end: 'stay' } },
  }
  population.change()
  const first = await pollTimes(2, feed)
  population.change()
  const second = await pollTimes(2, feed, { place: first.all.at(-1)?.place })
  expect(linesOf([...first.all, ...second.all]).map((line) => JSON.parse(line).number)).toEqual([1, 2])
})

test('a cursor of more digits than a number of JavaScript has goes back as it came', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    response.end(path === '/' ? '{"data":[1],"next":9007199254740993}' : '{"data":[2],"next":null}')
  })
  const options = { url, records: '$.data[*]', pages: { cursor: { from: '$.next', query: 'after' } } }
  expect(linesOf((await pollTimes(1, options)).all)).toEqual(['1', '2'])
  expect(asked.map(({ url: path }) => path)).toEqual(['/', '/?after=9007199254740993'])
})

test('a cursor that a server no longer knows is dropped, and it is said', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    const cursor = new URL(path, 'http://x').searchParams.get('cursor')
    if (cursor === 'old') response.writeHead(410).end()
    else response.end(JSON.stringify({ data: [cursor], next: cursor === null ? 'old' : null }))
  })
  const options = { url, records: '$.data[*]', pages: { cursor: { from: '$.next', query: 'cursor' }, limit: 1 } }
  const first = await pollTimes(1, options)
  expect(first.warnings).toEqual([`${url} has more than 1 page, the limit of \`pages\`: the next poll goes on there`])
  const { all, warnings, reach } = await pollTimes(1, options, { place: first.all.at(-1)?.place })
  expect(asked.map(({ url: path }) => path)).toEqual(['/', '/?cursor=old', '/'])
  expect(warnings[0]).toBe(`${url} no longer takes the cursor of an earlier poll: it is read from its beginning`)
  expect(reach).toEqual([undefined])
  expect(linesOf(all)).toEqual([])
  const stays = { ...options, pages: { ...options.pages, cursor: { ...options.pages.cursor, at_end: 'stay' } } }
  const kept = await pollTimes(1, stays)
  const refused = await pollTimes(1, stays, { place: kept.all.at(-1)?.place })
  expect(refused.reach).toEqual([`${url} answers 410 Gone`])
})

test('pages that name each other in a circle, and more pages than the limit, end the poll and are said once', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    const number = Number(new URL(path, 'http://x').searchParams.get('p') ?? 1)
    response.end(
      JSON.stringify({ data: [number], next: `/?p=${path.startsWith('/long') ? number + 1 : (number % 3) + 1}` }),
    )
  })
  const options = { records: '$.data[*]', pages: { next_link: '$.next', limit: 4 } }
  const circle = await pollTimes(2, { url: `${url}/?p=1`, ...options })
  expect(linesOf(circle.all)).toEqual(['1', '2', '3'])
  expect(circle.warnings).toEqual([`page 4 of ${url} names a page before it as the next one: it is taken for the last`])
  expect(asked).toHaveLength(6)
  const long = await pollTimes(1, { url: `${url}/`, ...options, pages: { next_link: '$.next', limit: 2 } })
  expect(long.warnings).toEqual([`${url} has more than 2 pages, the limit of \`pages\`: the others are not read`])
})

test('a server that gives its last page for every number after it ends the poll', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    const number = Math.min(2, Number(new URL(path, 'http://x').searchParams.get('page')))
    response.end(JSON.stringify([number]))
  })
  const { all } = await pollTimes(1, { url, records: '$[*]', pages: { page: { query: 'page' } } })
  expect(linesOf(all)).toEqual(['1', '2'])
  expect(asked).toHaveLength(3)
})
