/** `run --listen` by the real command line: probes, metrics and the status by HTTP, and access to them. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { pipelineStatus } from '../../src/run/status/schema.ts'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { type Folder, folderWith, type Running, send } from './tailrace.ts'

const TCP = demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1')
const LISTENS = /^dashboard: http:/

type Asked = { readonly status: number; readonly text: string; readonly headers: Headers }
type Ask = (path: string, init?: RequestInit) => Promise<Asked>

const asking = async (running: Running): Promise<Ask> => {
  const port = await running.port(LISTENS)
  return async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
}

/** Asks until the answer fits; what is asked for comes by itself. */
async function once(ask: () => Promise<Asked>, fits: (asked: Asked) => boolean): Promise<Asked> {
  for (;;) {
    const asked = await ask()
    if (fits(asked)) return asked
  }
}

const start = (folder: Folder, ...more: readonly string[]): Running =>
  folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', ...more)

test('probes, the version, metrics and the status of a run', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = start(folder)
  const ask = await asking(running)
  await send(await running.port(/^demo runs:/), `${accessLines(130, DAY)}noise\n`)
  const { text } = await once(
    () => ask('/metrics'),
    (asked) => asked.text.includes('tailrace_sink_rows_total{sink="paths",kind="ndjson",pipeline="demo"} 2\n'),
  )
  const values = [
    'tailrace_ready{pipeline="demo"} 1',
    'tailrace_source_records_total{source="log",topic="access",pipeline="demo"} 131',
    `tailrace_source_bytes_total{source="log",topic="access",pipeline="demo"} ${accessLines(130, DAY).length + 5}`,
    'tailrace_dead_letters_total{topic="access",kind="format",pipeline="demo"} 1',
    'tailrace_topic_appended_records_total{topic="access",partition="0",pipeline="demo"} 131',
    'tailrace_query_open_windows{query="paths",pipeline="demo"} 1',
    'tailrace_query_latency_seconds_count{query="paths",pipeline="demo"} ',
    'tailrace_sink_write_seconds_bucket{sink="paths",le="+Inf",pipeline="demo"} ',
    'tailrace_lag_records{part="sink paths",topic="demo.paths",partition="0",pipeline="demo"} 0',
  ]
  for (const value of values) expect(text).toContain(value)
  expect(text).toMatch(/^tailrace_watermark_delay_seconds\{topic="access",partition="0",pipeline="demo"\} \d{9}/m)
  expect(text).toMatch(/^process_resident_memory_bytes\{pipeline="demo"\} \d+$/m)

  expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
  expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\n' })
  const version = JSON.parse((await ask('/version')).text)
  expect(version).toEqual({ name: 'tailrace', version: expect.any(String), node: process.version })
  const byHttp = pipelineStatus.parse(JSON.parse((await ask('/api/v1/status')).text))
  const byCommand = pipelineStatus.parse(JSON.parse((await folder.tailrace('status', '--json')).stdout))
  const lasting = ({ topics, ...status }: typeof byHttp) => ({
    ...status,
    topics: topics.map(({ name, records, readers, dead }) => ({ name, records, readers, dead })),
    at: undefined,
    checkpoint: undefined,
    groups: status.groups.map(({ name, part }) => ({ name, part })),
  })
  expect(lasting(byHttp)).toEqual(lasting(byCommand))
  expect(await running.stop()).toMatchObject({ code: 0 })
})

/** A store that takes every request, at a port that was free. */
async function storeAt(port: number): Promise<Server> {
  const store = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await new Promise<void>((resolve) => store.listen(port, '127.0.0.1', resolve))
  return store
}

test('a run whose sink cannot reach its store is not ready, says why, and is ready once the store is there', async () => {
  const before = await storeAt(0)
  const { port } = before.address() as AddressInfo
  await new Promise((closed) => before.close(closed))
  const toStore = TCP.replace(
    /sinks:[\s\S]*$/,
    `sinks:\n  store: { from: paths, http: { url: "http://127.0.0.1:${port}/" } }\n`,
  )
  using folder = folderWith({ 'p.yaml': toStore })
  const running = start(folder)
  const ask = await asking(running)
  await send(await running.port(/^demo runs:/), accessLines(130, DAY))
  const away = await once(
    () => ask('/readyz', { headers: { accept: 'application/json' } }),
    ({ status, text }) => status === 503 && text.includes('"state":"running"'),
  )
  const { ready, parts } = JSON.parse(away.text)
  expect(ready).toBe(false)
  const wrong = parts.filter((one: { readonly ready: boolean }) => !one.ready)
  expect(wrong).toEqual([{ part: 'sink store', ready: false, why: expect.stringMatching(/; tried .* records wait$/) }])
  expect((await ask('/readyz')).text).toMatch(/^not ready\nsink store: .*\n$/)
  const scrape = (await ask('/metrics')).text
  expect(scrape).toContain('tailrace_ready{pipeline="demo"} 0')
  expect(scrape).toContain('tailrace_sink_failing{sink="store",kind="http",pipeline="demo"} 1')
  expect(scrape).toContain('tailrace_trouble{part="sink store",pipeline="demo"} 1')
  // A restart would not mend it.
  expect(await ask('/healthz')).toMatchObject({ status: 200 })

  const store = await storeAt(port)
  await once(
    () => ask('/readyz'),
    ({ status }) => status === 200,
  )
  expect(await running.stop()).toMatchObject({ code: 0 })
  store.closeAllConnections()
  store.close()
})

test('a run with a token answers those who bring it, and tells others no more than a probe needs', async () => {
  using folder = folderWith({ 'p.yaml': TCP, token: 'right\n' })
  const running = folder.start('run', 'p.yaml', '--listen', '0.0.0.0:0', '--token-file', 'token')
  const port = Number(/:(\d+)$/.exec(await running.line(LISTENS))?.[1])
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    return { status: response.status, text: await response.text() }
  }
  expect(await running.line(/is not encrypted/)).toContain('the data, and the token')
  await running.line(/^demo runs:/)
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'right' }] as Record<
    string,
    string
  >[]) {
    for (const path of ['/metrics', '/api/v1/status', '/version', '/nowhere']) {
      expect(await ask(path, headers)).toMatchObject({ status: 401, text: expect.stringContaining('Bearer TOKEN') })
    }
  }
  expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok\n' })
  const known = await ask('/readyz', { accept: 'application/json' })
  expect(JSON.parse(known.text)).toEqual({ ready: true, state: 'running', parts: [] })
  expect(await ask('/metrics', { authorization: 'Bearer right' })).toMatchObject({ status: 200 })
  const ended = await running.stop()
  expect(ended.code).toBe(0)
  expect(ended.stdout + ended.stderr).not.toContain('right')
})

/** What a server sends back for these bytes, until it closes the connection. */
const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('latin1').on('data', (text: string) => (got += text))
    socket.on('error', () => {}).on('close', () => resolve(got))
  })

test('a name that points here, and what is too large or no request, are refused without a stack', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = start(folder)
  const port = await running.port(LISTENS)
  const head = (line: string, host: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`
  const cases: readonly (readonly [bytes: string, status: number])[] = [
    [head('GET /healthz', `127.0.0.1:${port}`), 200],
    [head('GET /healthz', 'localhost'), 200],
    [head('GET /healthz', '[::1]:80'), 200],
    [head('GET /metrics', 'evil.example'), 403],
    [head('GET /metrics', `evil.example:${port}`), 403],
    [head('GET /metrics', '10.0.0.1'), 403],
    [head('GET /nowhere', 'evil.example'), 403],
    [head('GET /nowhere', 'localhost'), 404],
    [head('POST /metrics', 'localhost', 'Content-Length: 0\r\n'), 405],
    [head('POST /metrics', 'localhost', 'Content-Length: 100000\r\n'), 405],
    [head('GET /%ff', 'localhost'), 400],
    [head('GET /metrics', 'localhost', `X: ${'x'.repeat(40_000)}\r\n`), 431],
    ['nonsense\r\n\r\n', 400],
    ['GET /metrics HTTP/1.1\r\n\r\n', 400],
  ]
  for (const [bytes, status] of cases) {
    const answer = await raw(port, bytes)
    expect({ bytes, answer: answer.slice(0, 12) }).toEqual({ bytes, answer: `HTTP/1.1 ${status}` })
    expect(answer).not.toMatch(/\.ts:|\.cjs:|^ +at /m)
  }
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('a run serves by itself, unless it is told otherwise or runs to the end of its input', async () => {
  const usual = await storeAt(7070).catch(() => undefined)
  using folder = folderWith({ 'p.yaml': TCP, 'access.log': accessLines(1, DAY) }, { TAILRACE_LISTEN: '' })
  // The usual port is taken now, by this test or by somebody else.
  const second = folder.start('run', 'p.yaml')
  expect(await second.line(/^warning: no dashboard/)).toBe(
    'warning: no dashboard: port 7070 of 127.0.0.1 is taken by another process; --listen 127.0.0.1:7071 serves it elsewhere, --no-listen nowhere',
  )
  await second.line(/^demo runs:/)
  expect(await second.stop()).toMatchObject({ code: 0, stderr: expect.not.stringMatching(LISTENS) })
  const silent = folder.start('run', 'p.yaml', '--no-listen')
  await silent.line(/^demo runs:/)
  expect(await silent.stop()).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/dashboard/) })
  usual?.close()
})

test('TAILRACE_LISTEN says where as --listen does, which precedes it', async () => {
  const taken = await storeAt(0)
  const { port } = taken.address() as AddressInfo
  using folder = folderWith({ 'p.yaml': TCP }, { TAILRACE_LISTEN: `127.0.0.1:${port}` })
  await expectRefused(folder, [['run', 'p.yaml'], 1, `TAILRACE_LISTEN: port ${port} of 127.0.0.1 is taken`])
  const running = start(folder)
  await running.line(LISTENS)
  await running.line(/^demo runs:/)
  await running.stop()
  taken.close()
  using public_ = folderWith({ 'p.yaml': TCP }, { TAILRACE_LISTEN: '0.0.0.0:0' })
  await expectRefused(public_, [['run', 'p.yaml'], 2, 'TAILRACE_LISTEN 0.0.0.0:0: other machines can reach 0.0.0.0'])
  using file = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(1, DAY) }, { TAILRACE_LISTEN: '127.0.0.1:0' })
  expect(await file.run()).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/dashboard/) })
})

test('a run to the end of its input ends with the server', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(130, DAY) })
  const ended = await folder.run('--listen', '127.0.0.1:0')
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(LISTENS) })
})

test('an address that cannot be listened on, and one that others reach without a token, are refused', async () => {
  using folder = folderWith({ 'p.yaml': TCP, blank: 'a b\n' })
  const taken = await storeAt(0)
  const { port } = taken.address() as AddressInfo
  const at = (address: string, ...more: readonly string[]) => ['run', 'p.yaml', '--listen', address, ...more]
  await expectRefused(folder, [
    at(`127.0.0.1:${port}`),
    1,
    `--listen: port ${port} of 127.0.0.1 is taken by another process`,
  ])
  await expectRefused(folder, [
    at('0.0.0.0:0'),
    2,
    '--listen 0.0.0.0:0: other machines can reach 0.0.0.0',
    '--insecure',
  ])
  await expectRefused(folder, [at('here'), 2, "--listen 'here' is not HOST:PORT"])
  await expectRefused(folder, [at('0.0.0.0:0', '--token-file', 'none'), 1, '--token-file none cannot be read'])
  await expectRefused(folder, [
    at('0.0.0.0:0', '--token-file', 'blank'),
    2,
    '--token-file blank: the token has a blank',
  ])
  await expectRefused(folder, [['run', 'p.yaml', '--insecure'], 2, 'are about --listen'])
  taken.close()
})

test('--insecure lets everyone ask by any address of the machine, and says so', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = folder.start('run', 'p.yaml', '--listen', '0.0.0.0:0', '--insecure')
  await running.line(/^warning: --insecure: 0\.0\.0\.0:\d+ lets everyone/)
  const port = Number(/:(\d+)$/.exec(await running.line(LISTENS))?.[1])
  const head = (host: string) => `GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  expect(await raw(port, head('10.0.0.1'))).toMatch(/^HTTP\/1.1 200/)
  expect(await raw(port, head('evil.example'))).toMatch(/^HTTP\/1.1 403/)
  await running.stop()
})
