/**
 * Source `beats` fed by Filebeat, unmodified, where it was built: what it sends is there, also if tailrace is killed and is down for
 * a while. And source `netcat` beside `nc`, as people try Flume's.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { filebeatPath, startFilebeat } from '../../scripts/services/filebeat/filebeat.ts'
import { installedLumber } from '../../scripts/services/lumber/lumber.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import { makePems } from '../../src/source/network/pem.test-tool.ts'
import { type Folder, folderWith, type Running } from '../cli/tailrace.ts'
import { isMissing, isNotBuilt } from './missing.ts'

const LIMIT_MS = 180_000
const POLL_MS = 100
const LINES = 20_000

const noFilebeat = isNotBuilt('Filebeat', filebeatPath)
const noLumber = await isMissing("Elastic's sender", installedLumber)
const noNetcat = await isMissing('nc', () => debianProgram('netcat'))

const pipelineOf = (source: string) => `version: 1
name: shop
sources:
  in: { ${source}, to: RAWLOG }
topics:
  RAWLOG:
    partitions: 3
    format: { json: { inside: { message: common }, columns: { log_type: STRING } } }
queries:
  lines: SELECT target, log_type FROM RAWLOG
sinks:
  out: { from: lines, csv: out.csv }
`
const filebeatTo = (log: string, port: number, more = '') => `
filebeat.inputs:
  - type: filestream
    id: shop
    paths: ["${log}"]
    backoff.max: 1s
    prospector.scanner.check_interval: 1s
    fields: { log_type: shop }
    fields_under_root: true
output.logstash:
  hosts: ["127.0.0.1:${port}"]
${more}
`
const lineOf = (n: number) => `127.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET /${n} HTTP/1.1" 200 12\n`
const linesOf = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => lineOf(from + n)).join('')

/** The paths that have come out, with what each row says beside it. */
const rowsIn = (folder: Folder): readonly string[] => {
  try {
    return folder.lines('out.csv').slice(1)
  } catch {
    return []
  }
}

async function untilDistinct(folder: Folder, count: number): Promise<void> {
  while (new Set(rowsIn(folder)).size < count) await sleep(POLL_MS)
}

describe.skipIf(noFilebeat)('Filebeat', () => {
  const start = async (folder: Folder): Promise<Running> => {
    const running = folder.start('run', 'p.yaml')
    await running.line(/^shop runs:/)
    return running
  }

  test(
    'every line is there, although tailrace is killed twice and is away for a while',
    async () => {
      const [port = 0] = await freePorts(1)
      using folder = folderWith({
        'p.yaml': pipelineOf(`beats: "127.0.0.1:${port}"`),
        'shop.log': linesOf(0, LINES / 2),
      })
      let running = await start(folder)
      await using filebeat = await startFilebeat({ conf: filebeatTo(folder.at('shop.log'), port) })
      for (const part of [1000, LINES / 2]) {
        await untilDistinct(folder, part)
        await running.kill()
        appendFileSync(
          folder.at('shop.log'),
          linesOf(part === 1000 ? LINES / 2 : (LINES * 3) / 4, part === 1000 ? (LINES * 3) / 4 : LINES),
        )
        // Longer than it takes Filebeat to find the port closed.
        await sleep(1500)
        running = await start(folder)
      }
      await untilDistinct(folder, LINES)
      await filebeat.stop()
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(' 0 dead letters')
      const rows = rowsIn(folder)
      expect(new Set(rows)).toEqual(new Set(Array.from({ length: LINES }, (_, n) => `/${n},shop`)))
    },
    LIMIT_MS,
  )

  test(
    'over TLS, with certificates on both sides, each line is there once',
    async () => {
      const [port = 0] = await freePorts(1)
      const tls = 'tls: { cert: server.pem, key: server.key, ca: ca.pem }'
      const source = `beats: { listen: "127.0.0.1:${port}", ${tls} }`
      using folder = folderWith({ 'p.yaml': pipelineOf(source), 'shop.log': linesOf(0, LINES) })
      await makePems(folder.path)
      const running = await start(folder)
      const ssl = `  ssl.certificate_authorities: ["${folder.at('ca.pem')}"]
  ssl.certificate: "${folder.at('client.pem')}"
  ssl.key: "${folder.at('client.key')}"`
      await using filebeat = await startFilebeat({ conf: filebeatTo(folder.at('shop.log'), port, ssl) })
      await untilDistinct(folder, LINES)
      await filebeat.stop()
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
      expect(rowsIn(folder)).toHaveLength(LINES)
    },
    LIMIT_MS,
  )
})

test.skipIf(noLumber)(
  "Elastic's own client, with packed batches of which several are on their way, gets all of them acknowledged",
  async () => {
    using folder = folderWith({
      'p.yaml': pipelineOf('beats: "127.0.0.1:0"')
        .replace(/, columns: .*/, ' } }')
        .replace(', log_type FROM', ' FROM'),
    })
    const running = folder.start('run', 'p.yaml', '--until-end')
    const port = await running.port(/^shop runs:/)
    const input = linesOf(0, LINES + 7)
    const acknowledged = execFileSync(await installedLumber(), [`127.0.0.1:${port}`], { input })
    expect(String(acknowledged)).toBe(`${LINES + 7}\n`)
    const { code, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    expect(rowsIn(folder).toSorted()).toEqual(Array.from({ length: LINES + 7 }, (_, n) => `/${n}`).toSorted())
  },
  LIMIT_MS,
)

test.skipIf(noNetcat)('nc sends lines to netcat, and gets OK for each', async () => {
  using folder = folderWith({
    'p.yaml': pipelineOf('netcat: "127.0.0.1:0"')
      .replace(/json: .*/, 'lines: {} }')
      .replace(/SELECT.*FROM/, 'SELECT line FROM'),
  })
  const running = folder.start('run', 'p.yaml', '--until-end')
  const port = await running.port(/^shop runs:/)
  const answers = execFileSync(debianProgram('netcat'), ['-N', '127.0.0.1', String(port)], {
    input: 'one\ntwo\nthree\n',
  })
  expect(String(answers)).toBe('OK\nOK\nOK\n')
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(rowsIn(folder).toSorted()).toEqual(['one', 'three', 'two'])
})
