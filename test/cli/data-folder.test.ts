/** `topics`, `tap` and `dead` over a data folder, with and without a running pipeline. */
import { expect, test } from 'vitest'
import { folderWith, send, start, tailrace } from './tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources:
  log: { tcp: 127.0.0.1:0, to: access }
topics:
  access: { format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
sinks:
  out: { from: paths, ndjson: out/paths.ndjson }
`
const line = (minute: number) => `h - - [01/Jul/1995:00:0${minute}:00 +0000] "GET /a HTTP/1.0" 200 5`

test('a running pipeline can be inspected; once it is stopped, its dead letters can be sent again', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const ask = (...args: string[]) => tailrace(args, { folder: folder.path })
  const running = start(['run', 'p.yaml'], { folder: folder.path })
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(await running.line(/^demo runs:/))?.[1])
  const following = start(['tap', 'access', '--follow', '--limit', '5'], { folder: folder.path })
  await send(port, [line(1), 'noise \x1b 1', line(2), 'noise 2', line(4), ''].join('\n'))
  const followed = await following.ended
  expect(followed).toMatchObject({
    code: 0,
    stderr: '',
    stdout: `${line(1)}\nnoise \x1b 1\n${line(2)}\nnoise 2\n${line(4)}\n`,
  })

  for (const topic of ['paths', 'access.dead']) {
    expect(await ask('tap', topic, '--follow', '--limit', '2')).toMatchObject({ code: 0, stderr: '' })
  }
  const topics = await ask('topics', 'p.yaml', '--json')
  const listed = topics.stdout.trimEnd().split('\n')
  expect(listed.map((text) => JSON.parse(text))).toMatchObject([
    { topic: 'access', partition: 0, start: 0, end: 5, records: 5 },
    { topic: 'access.dead', records: 2 },
    { topic: 'demo.paths', records: 2 },
    { topic: 'demo.paths.dead', records: 0, first: null },
  ])
  const tapped = await ask('tap', 'paths', '--from', '1', '-o', 'json')
  expect(JSON.parse(tapped.stdout)).toMatchObject({
    partition: 0,
    offset: 1,
    value: expect.stringContaining('"hits":1'),
  })
  const dead = await ask('dead', 'access')
  expect(dead).toMatchObject({ code: 0, stderr: '' })
  expect(dead.stdout).toMatch(
    /^2 × format: .*\n {2}first partition 0 offset 1, last partition 0 offset 3\n {2}noise \\x1b 1\n$/,
  )
  const refused = await ask('dead', 'access', '--send-again')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('Records are sent again while the pipeline does not run')

  running.process.kill('SIGTERM')
  await running.ended
  expect((await ask('dead', 'access', '--reason', 'no such')).stderr).toContain('no dead letters of that kind')
  expect((await ask('dead', 'access', '--send-again')).stderr).toBe('2 records sent again to access\n')
  expect((await ask('dead', 'access', '--send-again')).stderr).toContain(
    '0 records sent again to access, 2 were before',
  )
  expect((await ask('tap', 'access', '--from', '5')).stdout).toBe('noise \x1b 1\nnoise 2\n')
  const again = JSON.parse((await ask('dead', 'access', '--json')).stdout)
  expect(again).toMatchObject({ kind: 'format', count: 2, sentAgain: 2 })
  expect((await ask('topics')).stdout).toMatch(/access +0 +0 to 6 +7 .*demo\.query\.paths 2\n/)
})

test('late rows are one group with their lateness, and are not sent again', async () => {
  using folder = folderWith({
    'p.yaml': PIPELINE.replace('tcp: 127.0.0.1:0', 'file: access.log'),
    'access.log': `${[1, 9, 2, 3].map(line).join('\n')}\n`,
  })
  const ask = (...args: string[]) => tailrace(args, { folder: folder.path })
  expect(await ask('run', 'p.yaml', '--until-end')).toMatchObject({ code: 0 })
  const dead = await ask('dead', 'access')
  expect(dead.stdout).toMatch(/^2 × late in query paths: N s late: the watermark of its partition was .*\n {2}late by /)
  const { lateMs } = JSON.parse((await ask('dead', 'access', '--json')).stdout)
  expect(lateMs.greatest - lateMs.least).toBe(60_000)
  const sent = await ask('dead', 'access', '--send-again')
  expect(sent.stderr).toBe(
    '0 records sent again to access, 2 are late or failed in a query and not sent: others have counted their records\n',
  )
})

test.each([
  [['tap', 'acess', '--data', 'd'], 1, '/d\n  The pipeline has not run yet'],
  [['topics'], 2, 'there is neither a pipeline file nor a data folder here'],
  [['topics', 'none.yaml'], 1, 'there is no pipeline file none.yaml'],
  [['tap', 'access', '--from', 'yesterday'], 2, '--from yesterday: expected earliest, latest or an offset'],
  [['tap', 'access', '--since', 'yesterday'], 2, "'yesterday' is not"],
  [['tap', 'access', '--limit', '-1'], 2, '--limit -1: expected a whole number'],
])('%j is refused in words', async (args, code, message) => {
  using folder = folderWith({})
  const ended = await tailrace(args, { folder: folder.path })
  expect(ended.stderr).toContain(message)
  expect(ended).toMatchObject({ code, stdout: '' })
})
