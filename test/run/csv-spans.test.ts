/** CSV fields over several lines, in each source of a pipeline with three partitions. */
import { appendFileSync, existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { type Folder, folderWith, jsonOf, PROGRAM, startProgram } from '../cli/tailrace.ts'

const HEAD = 'id,"text\n",n\n'
/** The middle line of the first record would be a row of its own. */
const TEXT = `${HEAD}1,"a\n2,b,3\nc",5\r\n2,x,6\n3,"p\r\nq ""r""",7\n4,"st"ray,8\n5,"open,9\n6,y,10\n7,"last\nline",11`
const ROWS = [
  { id: 1, text: 'a\n2,b,3\nc', n: 5 },
  { id: 2, text: 'x', n: 6 },
  { id: 3, text: 'p\r\nq "r"', n: 7 },
  { id: 6, text: 'y', n: 10 },
  { id: 7, text: 'last\nline', n: 11 },
]
const DEAD = ['4,"st"ray,8', '5,"open,9']

const pipeline = (source: string) => `version: 1
name: spans
topics:
  t:
    partitions: 3
    format: { csv: { header: true, columns: { id: INT, text: STRING, n: INT } } }
sources:
  s: { ${source}, to: t }
queries:
  q: SELECT id, text, n FROM t
sinks:
  out: { from: q, ndjson: out.json }
`

/** The rows, by their first column, and the dead letters, as they were read. */
async function outcome(folder: Folder) {
  const rows = jsonOf<{ id: number }>(folder.lines('out.json')).sort((a, b) => a.id - b.id)
  const { stdout } = await folder.tailrace('dead', 't')
  return { rows, dead: DEAD.filter((line) => stdout.includes(`  ${line}\n`)), kinds: stdout.match(/^\d+ × /gm) }
}
const EXPECTED = { rows: ROWS, dead: DEAD, kinds: ['1 × ', '1 × '] }

// Promise csv-spans: A quoted CSV field over several lines is one field of one row in every source, and its lines are never rows of their own.
test('files, plain and packed', async () => {
  using plain = folderWith({ 'p.yaml': pipeline('file: a.csv'), 'a.csv': TEXT })
  expect((await plain.run()).stderr).toContain('7 lines in, 5 rows out, ')
  expect(await outcome(plain)).toEqual(EXPECTED)
  const members = [TEXT.slice(0, 20), TEXT.slice(20, 60), TEXT.slice(60)].map((text) => gzipSync(text))
  using packed = folderWith({ 'p.yaml': pipeline('file: a.csv.gz'), 'a.csv.gz': Buffer.concat(members) })
  expect(await packed.run()).toMatchObject({ code: 0 })
  expect(await outcome(packed)).toEqual(EXPECTED)
})

// Holds csv-spans.
test('a record of several lines that does not fit is one dead letter, and is sent again whole', async () => {
  const record = '1,"a\n2,b,3\nc",five'
  using folder = folderWith({ 'p.yaml': pipeline('file: a.csv'), 'a.csv': `${HEAD}${record}\n` })
  // No line could be used, which is no success.
  expect(await folder.run()).toMatchObject({ code: 1 })
  expect((await folder.tailrace('dead', 't')).stdout).toContain("1 × format: column n: 'five' is not of type INT")
  expect(await folder.tailrace('dead', 't', '--send-again')).toMatchObject({ code: 0 })
  expect((await folder.tailrace('tap', 't')).stdout).toBe(`${record}\n${record}\n`)
})

// Holds csv-spans.
test('standard input', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('stdin: {}'), 'a.csv': TEXT })
  const main = startProgram(
    'sh',
    ['-c', 'cat a.csv | "$0" "$1" run p.yaml --until-end', process.execPath, PROGRAM],
    folder.path,
  )
  expect(await main.ended).toMatchObject({ code: 0 })
  expect(await outcome(folder)).toEqual(EXPECTED)
})

/** Sends a text in pieces, with a turn of the event loop between them. */
async function sendPieces(port: number, text: string, size: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay().resume()
  const closed = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject))
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size))
    await setImmediate()
  }
  socket.end()
  await closed
}

// Holds csv-spans.
test('TCP: the records of each connection are its own', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('tcp: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml', '--until-end')
  const port = await running.port(/^spans runs:/)
  const open = connect(port, '127.0.0.1').resume()
  const closed = new Promise((resolve) => open.on('close', resolve))
  // A record that is open while another peer sends: it is not continued by the lines of that one.
  await new Promise((sent) => open.write(`${HEAD}8,"half\n`, sent))
  await sendPieces(port, TEXT, 3)
  open.end('of it",12\n')
  await closed
  expect(await running.ended).toMatchObject({ code: 0 })
  const expected = { ...EXPECTED, rows: [...ROWS, { id: 8, text: 'half\nof it', n: 12 }] }
  expect(await outcome(folder)).toEqual(expected)
})

// Holds csv-spans.
test('ingest: a record ends with its body', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('ingest: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml')
  const url = `http://127.0.0.1:${await running.port(/^spans runs:/)}/`
  const post = async (body: string) => (await fetch(url, { method: 'POST', body })).json()
  expect(await post(TEXT)).toMatchObject({ lines: 7 })
  expect(await post(`${HEAD}8,"half\n`)).toMatchObject({ lines: 1 })
  expect(await post(`${HEAD}of it",12\n`)).toMatchObject({ lines: 1 })
  await running.stop()
  const { rows, dead } = await outcome(folder)
  expect([rows, dead]).toEqual([ROWS, DEAD])
})

// Promise: A CSV file may grow in the midst of a record, and a run may be killed there: each record is read once, and whole.
test('a file that grows in the midst of its records, under a process that is killed', async () => {
  const zero = { id: 0, text: 'z', n: 0 }
  const text = `${HEAD}0,z,0\n${TEXT.slice(HEAD.length)}`
  using folder = folderWith({ 'p.yaml': pipeline('file: { path: a.csv, poll: 10ms }'), 'a.csv': '' })
  const rows = () => (existsSync(folder.at('out.json')) ? folder.lines('out.json').length : 0)
  // Each part ends within a field of several lines, and how many rows there are once it is read.
  const parts = [
    ['2,b,', 1],
    ['3,"p\r\nq', 3],
  ] as const
  let at = 0
  for (const [last, count] of parts) {
    const running = folder.start('run', 'p.yaml')
    await running.line(/^spans runs:/)
    const end = text.indexOf(last) + last.length
    // Byte by byte, so that reads end anywhere.
    for (; at < end; at++) appendFileSync(folder.at('a.csv'), text[at] as string)
    await vi.waitFor(() => expect(rows()).toBe(count), { timeout: 30_000 })
    await running.kill()
  }
  folder.append('a.csv', text.slice(at))
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(await outcome(folder)).toEqual({ ...EXPECTED, rows: [zero, ...ROWS] })
})
