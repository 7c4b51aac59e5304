/** The first line of what sources read, where the topic has `header: true`: the header, data, or names of other columns. */
import { appendFileSync, existsSync, truncateSync } from 'node:fs'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'

const pipeline = (source: string) => `version: 1
name: first
topics:
  t: { format: { csv: { header: true, columns: { id: INT, amt: INT } } } }
sources:
  s: { ${source}, to: t }
queries:
  q: SELECT id, amt FROM t
sinks:
  out: { from: q, ndjson: out.json }
`
const idsOf = (folder: Folder) =>
  jsonOf<{ id: number; amt: number }>(folder.lines('out.json'))
    .map(({ id, amt }) => (amt === 10 * id ? id : `${id},${amt}`))
    .sort()

// Promise first-line: With a header, a first line that is not the header is a row, and a file, connection or body with names of other columns is refused: no line is lost, and no value is taken for another.
test('files: of rotated ones only some begin with the header', async () => {
  using folder = folderWith({
    'p.yaml': pipeline("file: '*.csv*'"),
    'a.csv.2': 'id,amt\n1,10\n',
    'a.csv.1': '2,20\n3,30\n',
    'a.csv.0.gz': gzipSync('\ufeffID, amt\n'),
    'b.csv': 'amt,id\n70,7\n',
    'c.csv.gz': gzipSync('amt,id\n70,7\n'),
    'd.csv': '"id","amt"\r\n4,40',
  })
  const { code, stderr } = await folder.run()
  expect(code).toBe(1)
  for (const name of ['b.csv', 'c.csv.gz']) {
    expect(stderr).toContain(`${name} begins with the names amt,id, and the columns are id,amt`)
  }
  expect(idsOf(folder)).toEqual([1, 2, 3, 4])
  expect((await folder.tailrace('dead', 't')).stdout).toBe('')
  // After a restart the files that were refused are still not read.
  folder.append('b.csv', '80,8\n')
  folder.append('d.csv', '\n5,50\n')
  expect(await folder.run()).toMatchObject({ code: 1 })
  expect(idsOf(folder)).toEqual([1, 2, 3, 4, 5])
})

// Holds first-line.
test('a file that is cut, and goes on without a header', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('file: { path: a.csv, poll: 10ms }'), 'a.csv': 'id,amt\n1,10\n' })
  const running = folder.start('run', 'p.yaml')
  const rows = (count: number) =>
    vi.waitFor(() => expect(existsSync(folder.at('out.json')) && folder.lines('out.json').length).toBe(count), {
      timeout: 30_000,
    })
  await rows(1)
  truncateSync(folder.at('a.csv'))
  appendFileSync(folder.at('a.csv'), '2,20\n')
  await rows(2)
  await running.stop()
  expect(idsOf(folder)).toEqual([1, 2])
})

// Holds first-line.
test('connections', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('tcp: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^first runs:/)
  const send = (text: string) =>
    new Promise((closed) => {
      const socket = connect(port, '127.0.0.1').resume()
      socket.on('close', closed).on('error', () => undefined)
      socket.end(text)
    })
  for (const text of ['id,amt\n1,10\n', '2,20\n3,30\n', 'amt,id\n70,7\n', '4,40']) await send(text)
  await vi.waitFor(() => expect(folder.lines('out.json')).toHaveLength(4), { timeout: 30_000 })
  const { stderr } = await running.stop()
  expect(stderr).toMatch(/the connection from \S+ was closed, as it begins with the names amt,id/)
  expect(idsOf(folder)).toEqual([1, 2, 3, 4])
})

// Holds first-line.
test('bodies', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('ingest: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml')
  const url = `http://127.0.0.1:${await running.port(/^first runs:/)}/`
  const post = async (body: string) => {
    const answer = await fetch(url, { method: 'POST', body })
    return [answer.status, await answer.json()]
  }
  expect(await post('2,20\n3,30\n')).toEqual([200, { lines: 2 }])
  expect(await post('id,amt\n1,10\n')).toEqual([200, { lines: 1 }])
  const error = 'the body begins with the names amt,id, and the columns are id,amt: no line was taken'
  expect(await post('amt,id\n70,7\n')).toEqual([422, { error }])
  await running.stop()
  expect(idsOf(folder)).toEqual([1, 2, 3])
})
