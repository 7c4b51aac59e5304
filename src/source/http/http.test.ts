import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentOf } from '../../../examples/population/population.ts'
import { csvForm } from '../../../test/contract/csv-form.ts'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf, runSource, sourceContract } from '../../../test/contract/source.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { http } from './http.ts'
import { pollTimes, startTestPopulation } from './population.test-tool.ts'

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
  const { url } = await startServer((_, response) => {
    response.end(++asked < 3 ? '{\n  "a": 1\n}\r\n' : '{\n  "a": 2\n}\n')
  })
  const { all } = await pollTimes(4, { url })
  expect(linesOf(all)).toEqual(['{\n  "a": 1\n}', '{\n  "a": 2\n}'])
})

test('with `unchanged: keep` each answer is delivered, and nothing conditional is asked', async () => {
  const { url, asked } = await startServer((_, response) => void response.setHeader('etag', '"1"').end('same'))
  const { all } = await pollTimes(3, { url, unchanged: 'keep' })
  expect(linesOf(all)).toEqual(['same', 'same', 'same'])
  expect(asked.some(({ headers }) => 'if-none-match' in headers)).toBe(false)
})

test('each version is delivered once; a server with an ETag need not send it again, after a restart either', async () => {
  const { url, population, served } = await startTestPopulation({ every: 3 })
  const versions = [JSON.stringify(documentOf(population.rows()))]
  const first = await pollTimes(7, { url: `${url}/population` })
  versions.push(...first.all.slice(1).flatMap(({ lines }) => lines))
  expect(served()).toMatchObject({ version: 2, answers: 7 })
  expect(linesOf(first.all)).toEqual(versions)
  expect(new Set(versions)).toHaveLength(3)
  const again = await pollTimes(2, { url: `${url}/population` }, { place: first.all.at(-1)?.place })
  expect(linesOf(again.all)).toEqual([])
  const place = first.all.at(-1)?.place
  expect(place).toMatchObject({ line: 3, answers: 3, etag: expect.stringMatching(/^"/) })
  expect(JSON.stringify(place).length).toBeLessThan(300)
  const next = await pollTimes(2, { url: `${url}/population` }, { place })
  expect(next.all.at(-1)?.place).toMatchObject({ line: 4, answers: 4 })
})

test('If-Modified-Since is asked where a server has no ETag', async () => {
  const date = 'Mon, 30 Nov 2026 12:00:00 GMT'
  const { url, asked } = await startServer(({ headers }, response) => {
    if (headers['if-modified-since'] === date) response.writeHead(304).end()
    else response.setHeader('last-modified', date).end('one')
  })
  const { all, reach } = await pollTimes(3, { url })
  expect(linesOf(all)).toEqual(['one'])
  expect(reach).toEqual([undefined, undefined, undefined])
  expect(asked.map(({ headers }) => headers['if-modified-since'])).toEqual([undefined, date, date])
})

test('what is around the records does not make them others', async () => {
  let asked = 0
  const { url } = await startServer((_, response) => void response.end(`{"at":${++asked},"data":[1,2]}`))
  const { all } = await pollTimes(3, { url, records: '$.data[*]' })
  expect(linesOf(all)).toEqual(['1', '2'])
})

test('lines of an answer are records, as the format of the topic wants them', async () => {
  const bodies = ['a,b\r\n1,x\n2,"y\nz"\n', 'a,b\n1,x\n2,"y\nz"\n', 'a,b\n3,x']
  const { url } = await startServer((_, response) => void response.end(bodies.shift()))
  const { all } = await pollTimes(3, { url, records: 'lines' }, { form: csvForm(true) })
  expect(all.map(({ lines }) => lines)).toEqual([['1,x', '2,"y\nz"'], ['3,x']])
  const long = await startServer((_, response) => void response.end(`one\n${'x'.repeat(200)}\n\0two`))
  const { all: left, warnings } = await pollTimes(2, { url: long.url, records: 'lines' }, { maxAppendBytes: 200 })
  expect(linesOf(left)).toEqual(['one', 'two'])
  expect(warnings).toEqual([
    `1 NULs at byte 205 of an answer of ${long.url} are left out: they are not text`,
    `the line at byte 4 of an answer of ${long.url} is left out: it is longer than 100B: its topic takes no more at once (max.message.bytes of the topic)`,
  ])
})

test('what is known of another request means nothing; what has been counted stays', async () => {
  const { url } = await startServer((_, response) => void response.end('same'))
  const before = await pollTimes(1, { url })
  const { all } = await pollTimes(1, { url, query: { other: 1 } }, { place: before.all[0]?.place })
  expect(all).toMatchObject([{ lines: ['same'], place: { line: 2, answers: 2 } }])
  const renamed = await pollTimes(1, { url, auth: { bearer: 'another' } }, { place: before.all[0]?.place })
  expect(renamed.all).toEqual([])
})

test('a request has the method, query and body of the file', async () => {
  const { url, asked } = await startServer((_, response) => void response.end('x'))
  const asking = async (options: object) => {
    await pollTimes(1, options)
    return asked.at(-1)
  }
  expect(await asking({ url: `${url}/a?b=c`, query: { d: 'e f', n: 1 } })).toMatchObject({
    method: 'GET',
    url: '/a?b=c&d=e+f&n=1',
  })
  expect(await asking({ url, body: { since: 1 } })).toMatchObject({
    method: 'POST',
    body: Buffer.from('{"since":1}'),
    headers: { 'content-type': 'application/json' },
  })
  expect(await asking({ url, method: 'PUT', body: 'a=b', headers: { 'Content-Type': 'x/y' } })).toMatchObject({
    method: 'PUT',
    body: Buffer.from('a=b'),
    headers: { 'content-type': 'x/y' },
  })
})

test('all records of an answer go into one partition, answer n to n modulo their number', async () => {
  const { url } = await startTestPopulation({ every: 1 })
  const partitions: number[] = []
  const places = [undefined, undefined, undefined]
  const take = async (_: unknown, __: unknown, of: object | undefined) => {
    if (of !== undefined && 'partition' in of) partitions.push(of.partition as number)
  }
  const { all } = await pollTimes(5, { url: `${url}/population`, records: '$.data[*]' }, { places, take })
  expect(partitions).toEqual([0, 1, 2, 0, 1])
  expect(all[0]?.lines.map((line) => JSON.parse(line)['ID Year'])).toEqual([
    2022, 2021, 2020, 2019, 2018, 2017, 2016, 2015, 2014, 2013,
  ])
})

test('records that a topic does not take at once come in parts; one that it never takes is left out and said', async () => {
  const records = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(300), 'd'.repeat(40)]
  let answer = records
  const { url } = await startServer((_, response) => void response.end(JSON.stringify(answer)))
  const options = { url, records: '$[*]' }
  const whole = await pollTimes(1, options, { maxAppendBytes: 250, missed: [] })
  const texts = [records[0], records[1], records[3]].map((text) => JSON.stringify(text))
  expect(whole.all.map(({ lines }) => lines)).toEqual([texts.slice(0, 2), texts.slice(2)])
  const why = 'longer than 125B: its topic takes no more at once (max.message.bytes of the topic)'
  expect(whole.warnings).toEqual([`a record of ${url} with 302B is left out: it is ${why}`])
  // Stopped between the parts: the rest comes, as long as the server has the same answer.
  const place = whole.all[0]?.place
  const rest = await pollTimes(1, options, { place, maxAppendBytes: 250, missed: [] })
  expect(linesOf(rest.all)).toEqual(texts.slice(2))
  expect(rest.all.at(-1)?.place).toMatchObject({ line: 3, answers: 1 })
  answer = ['new']
  const other = await pollTimes(1, options, { place, maxAppendBytes: 250 })
  expect(linesOf(other.all)).toEqual(['"new"'])
})

test('a record that the log would not keep is left out, whatever `max_body` allows, and the run goes on', async () => {
  const fits = (16 << 20) - 8192
  let asked = 0
  const { url } = await startServer((_, response) => {
    asked++
    response.end(asked === 2 ? 'short' : Buffer.alloc(asked === 1 ? 17 << 20 : fits, 'x'))
  })
  const { all, warnings } = await pollTimes(3, { url, max_body: '64MiB' }, { missed: [] })
  expect(all.map(({ lines }) => lines.map(({ length }) => length))).toEqual([[5], [fits]])
  const why = 'longer than 16380KiB: the log keeps no longer record'
  expect(warnings).toEqual([`a record of ${url} with 17MiB is left out: it is ${why}`])
})

test('204 is an answer without records, where another empty answer is a fault of the server', async () => {
  const answers: (readonly [status: number, body?: string])[] = [[200, '[1]'], [204], [204], [200, '[1,2]'], [200, '']]
  const next = (response: ServerResponse) => {
    const [status = 204, body] = answers.shift() ?? []
    response.writeHead(status).end(body)
  }
  const { url } = await startServer((_, response) => next(response))
  const { all, reach } = await pollTimes(5, { url, records: '$[*]' })
  expect(all.map(({ lines }) => lines)).toEqual([['1'], ['1', '2']])
  expect(reach).toEqual([undefined, undefined, undefined, undefined, `${url} answers nothing`])
  answers.push([204])
  const { reach: expecting } = await pollTimes(1, { url, records: '$[*]', expect: '$[0]' })
  expect(expecting).toEqual([`${url} answers nothing`])
})

test('a feed that ends with 204 keeps its cursor if it says so, and begins anew otherwise', async () => {
  const { url, asked } = await startServer(({ url: path }, response) => {
    if (path === '/?after=7') response.writeHead(204).end()
    else response.end('{"data":["a"],"next":7}')
  })
  const cursor = { from: '$.next', query: 'after' }
  await pollTimes(2, { url, records: '$.data[*]', pages: { cursor } })
  await pollTimes(2, { url, records: '$.data[*]', pages: { cursor: { ...cursor, at_end: 'stay' } } })
  expect(asked.map(({ url: path }) => path)).toEqual([
    '/',
    '/?after=7',
    '/',
    '/?after=7',
    '/',
    '/?after=7',
    '/?after=7',
  ])
})

test('an append that fails ends the run, and is no trouble of the server', async () => {
  const { url } = await startServer((_, response) => void response.end('x'))
  const fails = async () => {
    throw new Error('the disk is gone')
  }
  const failing = pollTimes(9, { url }, { take: fails })
  await expect(failing).rejects.toThrow('the disk is gone')
})

test('the options say when and what is asked', () => {
  const refusal = (options: object) => {
    const { error } = http.options.safeParse({ url: 'http://127.0.0.1/', ...options })
    return error?.issues.map(({ message }) => message).join('\n')
  }
  expect(refusal({ every: '1s' })).toBeUndefined()
  expect(refusal({})).toContain('needs either every: 10s, or at:')
  expect(refusal({ every: '1s', at: '* * * * *' })).toContain('needs either every: 10s, or at:')
  expect(refusal({ at: '* * * *' })).toContain('is not a schedule')
  expect(refusal({ at: '0 0 30 2 *' })).toContain('is a time that never comes')
  expect(refusal({ every: '0s' })).toContain('polls need some time between them')
  expect(refusal({ every: '1s', records: 'data' })).toContain("'data' is not a path")
  expect(refusal({ every: '1s', method: 'get' })).toContain('a method is one word in capitals')
  expect(refusal({ every: '1s', pages: {} })).toContain('name one of next_link, cursor and page')
  expect(refusal({ every: '1s', pages: { page: { query: 'p' } } })).toContain('needs records: with page:')
  expect(refusal({ every: '1s', pages: { next_link: '$.a[*]' } })).toContain('has to lead to one value')
})

test('auth that would go to another machine unencrypted is warned of', async () => {
  const warned = async (url: string) => {
    const warnings: string[] = []
    const context = { name: 'api', folder: '/', clock: jumpingClock(), place: undefined, places: [], untilEnd: true }
    const { signal } = new AbortController()
    const options = http.options.parse({ url, every: '1s', auth: { bearer: 's3cret' } })
    await using _ = await http.open(options, { ...context, signal, warn: (text) => warnings.push(text) })
    return warnings
  }
  expect(await warned('http://api.test:81/x')).toEqual([
    'its `auth` goes to api.test:81 unencrypted, where others on the way can read it: is there an https:// address?',
  ])
  for (const url of ['https://api.test/', 'http://127.0.0.1/', 'http://[::1]:8090/', 'http://localhost/']) {
    expect(await warned(url)).toEqual([])
  }
})

test('the longest time between two polls says when a topic is quiet', () => {
  const interval = (when: object) => {
    return http.intervalMs?.(http.options.parse({ url: 'http://127.0.0.1/', ...when }), 'Europe/Berlin')
  }
  expect(interval({ every: '1h' })).toBe(3_600_000)
  expect(interval({ at: '*/5 * * * *' })).toBe(300_000)
  expect(interval({ at: '0 9 * * 1-5' })).toBe(3 * 86_400_000)
})

test('a run to the end of the input polls once, with all pages', async () => {
  const { url, served } = await startTestPopulation()
  const all = await runSource(http, {
    url: `${url}/population`,
    query: { limit: 4 },
    every: '1h',
    records: '$.data[*]',
    pages: { next_link: 'header' },
  })
  expect(linesOf(all)).toHaveLength(10)
  expect(served()).toMatchObject({ answers: 3 })
})

test('check says which file of `tls` is missing, or is no certificate', async () => {
  const folder = await makeFolder({ 'der.crt': Buffer.from([0x30, 0x82]), 'ca.pem': '-----BEGIN CERTIFICATE-----\n' })
  const obstacles = async (tls: object) => {
    const options = http.options.parse({ url: 'https://127.0.0.1/', every: '1h', tls })
    return (await http.lookAhead?.(options, folder))?.map(({ message }) => message)
  }
  expect(await obstacles({ ca: 'none.pem' })).toEqual([
    `cannot read ${join(folder, 'none.pem')} for \`tls\` of the run (ENOENT)`,
  ])
  expect(await obstacles({ cert: 'der.crt' })).toEqual([
    `${join(folder, 'der.crt')}, for \`tls\` of the run, has nothing in PEM form`,
  ])
  expect(await obstacles({ ca: 'ca.pem' })).toEqual([])
})
