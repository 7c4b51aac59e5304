/** The API of a run by HTTP, whole: each answer has the form that its route says, and streams go on where they were cut off. */
import { expect, test } from 'vitest'
import { readinessOf } from '../../src/run/status/readiness.ts'
import { pipelineStatus } from '../../src/run/status/schema.ts'
import { errorBody } from '../../src/server/error-answer.ts'
import { routes } from '../../src/server/routes/all.ts'
import type { Route } from '../../src/server/routes/route.ts'
import { accessLines, DAY } from '../access-line.ts'
import { folderWith, send } from './tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources:
  log: { tcp: 127.0.0.1:0, to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
sinks:
  paths: { from: paths, ndjson: out/paths.ndjson }
alerts:
  many: { from: paths, when: hits > 1000000, message: many }
reports:
  daily: { query: paths, at: "5 0 * * *", span: 1d }
`

/** What the parts of a path are in this pipeline. A route with another one needs a line here. */
const PARTS: { readonly [name: string]: string } = {
  topic: 'access',
  query: 'paths',
  alert: 'many',
  report: 'daily',
  sink: 'paths',
  group: 'demo.sink.paths',
  partition: '0',
  offset: '0',
}

const pathOf = ({ path }: Route, made: { readonly [name: string]: string } = {}): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const part = made[name] ?? PARTS[name]
    if (part === undefined) throw new Error(`${path}: say in PARTS what {${name}} is`)
    return part
  })

type Ask = (path: string, init?: RequestInit) => Promise<Response>

async function served(use: (ask: Ask) => Promise<void>): Promise<void> {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const port = await running.port(/^dashboard: http:/)
  await send(await running.port(/^demo runs:/), `${accessLines(130, DAY)}noise\n`)
  await use((path, init) => fetch(`http://127.0.0.1:${port}${path}`, init))
  expect(await running.stop()).toMatchObject({ code: 0 })
}

/** The text of a stream until it has what is looked for; then it is left. */
async function textWith(response: Response, wanted: RegExp): Promise<string> {
  let text = ''
  for await (const piece of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += piece
    if (wanted.test(text)) break
  }
  return text
}

/** Runs a report over a day, to be shown; gives the id of the run. */
async function runOf(ask: Ask): Promise<string> {
  const response = await ask('/api/v1/reports/daily/runs', {
    method: 'POST',
    body: JSON.stringify({ for: '2026-03-01' }),
    headers: { 'content-type': 'application/json' },
  })
  const { id } = (await response.json()) as { readonly id: string }
  return id
}

test('every GET answers in the form that its route says', async () => {
  await served(async (ask) => {
    const made = { run: await runOf(ask) }
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const { answer } = route
      const response = await ask(pathOf(route, made))
      const what = `${route.path}: ${response.status}`
      if (response.status >= 400) {
        // What needs something in its query says so.
        expect(what).toBe(`${route.path}: 400`)
        errorBody.parse(await response.json())
        continue
      }
      const type = response.headers.get('content-type')?.split(';')[0] ?? ''
      if (answer.kind === 'json') {
        expect({ what, type }).toEqual({ what, type: 'application/json' })
        answer.schema.parse(await response.json())
      } else if (answer.kind === 'content') {
        expect({ what, types: answer.types }).toEqual({ what, types: expect.arrayContaining([type]) })
        await response.text()
      } else {
        expect({ what, type }).toEqual({ what, type: 'text/event-stream' })
        // An event that came is of a form that the route names; some come only when something happens.
        const text = await textWith(response, /^data: .*\n\n|^: tailrace\n\n$/m)
        for (const [, event = '', data = ''] of text.matchAll(/^event: (.*)\n(?:id: .*\n)?data: (.*)$/gm)) {
          expect(Object.keys(answer.events)).toContain(event)
          answer.events[event]?.parse(JSON.parse(data))
        }
      }
    }
  })
})

test('what is asked for wrongly is answered with an error in words', async () => {
  await served(async (ask) => {
    const cases: readonly (readonly [method: string, path: string, status: number, error: string])[] = [
      ['GET', '/api/v1/nothing', 404, 'there is no /api/v1/nothing here; /api/v1/openapi.json lists what there is'],
      ['PUT', '/api/v1/session', 405, '/api/v1/session takes GET, HEAD, POST, DELETE, not PUT'],
      ['POST', '/api/v1/status', 405, '/api/v1/status takes GET, HEAD, not POST'],
    ]
    for (const [method, path, status, error] of cases) {
      const response = await ask(path, { method })
      expect({ status: response.status, body: await response.json() }).toEqual({ status, body: { error } })
    }
    const head = await ask('/api/v1/events', { method: 'HEAD' })
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' })
  })
})

test('the status comes each second, and a client that was cut off goes on behind what it has seen', async () => {
  await served(async (ask) => {
    const ids = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '')
    const first = await textWith(await ask('/api/v1/events'), /(?:^data: .*\n\nevent: .*\nid: .*\n){1}^data: .*\n\n/m)
    expect(first.startsWith(': tailrace\n\nevent: status\nid: ')).toBe(true)
    const seen = ids(first)
    expect(new Set(seen).size).toBe(seen.length)
    const last = seen.at(-1) ?? ''
    const again = await textWith(await ask('/api/v1/events', { headers: { 'last-event-id': last } }), /^data: .*\n\n/m)
    expect(ids(again)).not.toContain(last)
    const [, data = ''] = /^data: (.*)$/m.exec(again) ?? []
    const status = pipelineStatus.parse(JSON.parse(data))
    expect(readinessOf(status, { sources: ['log'], queries: ['paths'], sinks: ['paths'] })).toMatchObject({
      ready: true,
    })
  })
})
