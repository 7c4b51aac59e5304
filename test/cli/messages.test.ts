/** The real process sends requests and mails to real servers that fail, and is killed: each row is there once by its key. */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startServer } from '../../src/client/http/http-server.test-tool.ts'
import { startMailServer } from '../../src/client/smtp/smtp-server.test-tool.ts'
import { folderWith } from './tailrace.ts'

const ROWS = 240

const lines = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => `${JSON.stringify({ ts: '2026-03-01T12:00:00Z', n, text: `"${n}"` })}\n`,
  ).join('')

const PIPELINE = `version: 1
name: told
checkpoint: { interval: 50ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, watermark: ts, format: { json: { columns: { ts: TIMESTAMP_LTZ(3), n: INT, text: STRING } } } } }
`

// Holds requests-once-by-key.
test('a webhook with faults, and SIGKILL at any moment: each row is there once by its key, and a refused one is a dead letter', async () => {
  const taken = new Map<string, number>()
  let requests = 0
  const { url } = await startServer(({ headers, body }, response) => {
    const fault = requests++ % 9
    if (fault === 2) return void response.destroy()
    if (fault === 4) return void response.writeHead(503).end()
    const { n } = JSON.parse(body.toString()) as { n: number }
    if (n === 77) return void response.writeHead(422, { 'content-type': 'application/json' }).end('{"error":"no 77"}')
    taken.set(`${headers['idempotency-key']}`, n)
    if (fault === 6) response.destroy()
    else response.end()
  })
  const sink = `sinks:
  hook:
    from: all
    batch: { rows: 20 }
    http: { url: "${url}/{{ n }}", auth: { bearer: "\${TOKEN}" }, body: { n: "{{ n | json }}", text: "no. {{ text }}" } }
`
  using folder = folderWith({ 'p.yaml': PIPELINE + sink, 'in.log': lines(ROWS) }, { TOKEN: 's3cret' })
  for (let round = 1; round <= 4; round++) {
    const running = folder.start('run', 'p.yaml', '--until-end')
    while (taken.size < (ROWS * round) / 8) await setTimeout(5)
    await running.kill()
  }
  const { code, stderr } = await folder.run()
  expect({ code, stderr: stderr.includes('s3cret') }).toEqual({ code: 0, stderr: false })
  const numbers = [...taken.values()].sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: ROWS }, (_, n) => n).filter((n) => n !== 77))
  const dead = await folder.tailrace('dead', 'all', '-p', 'p.yaml')
  expect(dead.stdout).toContain(`${url}/77 answers 422 Unprocessable Entity: {"error":"no 77"}`)
}, 120_000)

test('mails go out, each once by its Message-ID, also where the process is killed', async () => {
  const server = await startMailServer()
  const sink = `sinks:
  mail:
    from: all
    smtp: { host: 127.0.0.1, port: ${server.port}, tls: none, from: a@example.org, to: b@example.org, subject: "no. {{ n }}", text: "{{ row | json }}" }
`
  using folder = folderWith({ 'p.yaml': PIPELINE + sink, 'in.log': lines(12) })
  const running = folder.start('run', 'p.yaml', '--until-end')
  while (server.mails.length < 4) await setTimeout(5)
  await running.kill()
  expect((await folder.run()).code).toBe(0)
  const subjects = new Map(
    server.mails.map(({ text }) => [/^Message-ID: (.*)$/m.exec(text)?.[1], /^Subject: (.*)$/m.exec(text)?.[1]?.trim()]),
  )
  expect([...subjects.values()].sort()).toEqual(Array.from({ length: 12 }, (_, n) => `no. ${n}`).sort())
}, 60_000)

test('explain shows what a preset is short for, and check where a template is wrong', async () => {
  const sinks = (index: string) => `sinks:
  search:
    from: all
    elasticsearch:
      url: https://search:9200
      auth: { bearer: "\${TOKEN}" }
      index: "${index}"
`
  const files = { 'p.yaml': PIPELINE + sinks('all-{{ n }}'), 'bad.yaml': PIPELINE + sinks('all-{{ no }}') }
  using folder = folderWith(files, { TOKEN: 's3cret' })
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain(`sink search
  elasticsearch of all: exactly-once: a row that is written again replaces itself
  reads as group told.sink.search
  is short for
    http:
      url: https://search:9200/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason
      auth: "***"
      gzip: true
      answer: bulk
      send: lines
      body:
        - index:
            _index: all-{{ n }}
            _id: "{{ row.uuid }}"
        - "{{ row | json }}"
`)
  const { code, stderr } = await folder.tailrace('check', 'bad.yaml')
  expect(code).toBe(78)
  expect(stderr).toContain(`bad.yaml:12:19: there is no column no
        index: "all-{{ no }}"
                    ^^^^^^^^
  Did you mean n?`)
})
