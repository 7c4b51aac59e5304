/** `tailrace verify` where there is no other engine: it says so, and what to do. With real ones: test/services/verify.test.ts. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { folderWith } from './tailrace.ts'

const LOG = '10.0.0.1 - - [15/May/2025:20:00:00 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl"\n'
const SQL = 'SELECT status, COUNT(*) AS hits FROM log GROUP BY status'
const PIPELINE = `version: 1
name: shop
topics:
  access: { format: combined, watermark: ts }
  other: { format: combined }
queries:
  hits: SELECT path, COUNT(*) AS hits FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, path
`
const folder = (files: { readonly [name: string]: string } = {}) =>
  folderWith({ 'access.log': LOG, 'shop.yaml': PIPELINE, ...files })

test('a Flink that is not there is said, with what to start, and exits with 3', async () => {
  const { code, stdout, stderr } = await folder().tailrace(
    'verify',
    SQL,
    'access.log',
    '--against',
    'flink://127.0.0.1:9',
  )
  expect(code).toBe(3)
  expect(stdout).toBe('')
  expect(stderr).toContain(
    'tailrace: Flink cannot be asked: cannot reach http://127.0.0.1:9: the connection was refused',
  )
  expect(stderr).toContain('bin/sql-gateway.sh start')
})

test('what answers and is no SQL Gateway is said', async () => {
  const server = createServer((_, response) => void response.end('<html>')).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await folder().tailrace('verify', SQL, '--against', `flink://127.0.0.1:${port}`)
  expect(code).toBe(3)
  expect(stderr).toContain('does not answer as Flink’s SQL Gateway does')
  expect(stderr).toContain('8081 is the JobManager’s')
})

test('a DuckDB that is not there is said, and a statement with windows is not asked', async () => {
  const own = folderWith({ 'access.log': LOG, 'shop.yaml': PIPELINE }, { PATH: '/nowhere' })
  const { code, stderr } = await own.tailrace('verify', SQL, 'access.log', '--against', 'duckdb')
  expect(stderr).toContain('DuckDB cannot be asked: there is no program duckdb in the PATH')
  expect(stderr).toContain('pip install duckdb-cli')
  expect(code).toBe(3)
  const windows = `SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`
  const asked = await own.tailrace('verify', windows, 'access.log', '--against', 'duckdb')
  expect(asked.code).toBe(3)
  expect(asked.stderr).toContain('DuckDB cannot be asked: it has no window functions such as TUMBLE')
})

test.each([
  [[SQL, 'access.log', '--against', 'spark'], '--against spark: expected flink, flink://HOST:PORT or duckdb'],
  [[SQL, 'access.log', '--against', 'flink://x:0'], "'flink://x:0' is not an address of Flink"],
  [[SQL, 'access.log', '--against', 'duckdb', '--query', 'a'], '--query is for a pipeline, and this is a statement'],
  [[SQL, '-', '--against', 'duckdb'], 'standard input can be read only once'],
  [['shop.yaml', '--against', 'duckdb'], 'DuckDB runs no pipeline'],
  [['shop.yaml', '--against', 'flink://127.0.0.1:9', '--query', 'hitz'], 'the pipeline has no query "hitz"'],
  [['shop.yaml', 'acces=access.log', '--against', 'flink'], 'acces=access.log: no source fills a topic acces'],
  [['SELEC 1 AS one', '--against', 'flink'], 'a statement begins with SELECT, WITH or VALUES'],
  [[SQL], "required option '--against <engine>' not specified"],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await folder().tailrace('verify', ...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

test('the Flink of the pipeline is asked, where the command line names none', async () => {
  const engine = 'bus: kafka://127.0.0.1:9\nengine: flink://127.0.0.1:9\n'
  const { code, stderr } = await folder({ 'flink.yaml': PIPELINE + engine }).tailrace(
    'verify',
    'flink.yaml',
    'access=access.log',
    '--against',
    'flink',
  )
  expect(stderr).toContain('Flink cannot be asked: cannot reach http://127.0.0.1:9: the connection was refused')
  expect(code).toBe(3)
})

test('a file without lines is said, as its columns are not known', async () => {
  const { stderr } = await folder({ 'empty.log': '' }).tailrace('verify', SQL, 'empty.log', '--against', 'duckdb')
  expect(stderr).toContain('no lines to find its format in')
})
