/** Source `syslog` fed by real senders: rsyslog in each of its ways, and logger of util-linux. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { startRsyslog } from '../../scripts/services/rsyslog.ts'
import { makePems } from '../../src/source/network/pem.test-tool.ts'
import { type Folder, folderWith, jsonOf, type Running } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 120_000
const POLL_MS = 100
const MESSAGES = 3000

const noRsyslog = await isMissing('rsyslog', () => debianProgram('rsyslog'))
const noLogger = await isMissing('logger', () => debianProgram('logger'))
const noTls = await isMissing("rsyslog's TLS", () => debianProgram('rsyslog-tls'))

const PIPELINE = `version: 1
name: routers
sources:
  routers:
    syslog:
      udp: "127.0.0.1:0"
      tcp: "127.0.0.1:0"
      tls: { listen: "127.0.0.1:0", cert: server.pem, key: server.key, ca: ca.pem }
    to: messages
topics:
  messages: { format: syslog }
queries:
  all_of_them: SELECT facility, severity, host, app, message FROM messages
sinks:
  out: { from: all_of_them, ndjson: out.ndjson }
`

type Row = { readonly facility: number; readonly severity: number; readonly app: string; readonly message: string }

/** The pipeline at work, with its certificates. */
async function startPipeline(): Promise<{
  readonly folder: Folder
  readonly running: Running
  port(how: string): number
}> {
  const folder = folderWith({ 'p.yaml': PIPELINE })
  await makePems(folder.path)
  const running = folder.start('run', 'p.yaml')
  const line = await running.line(/^routers runs:/)
  return { folder, running, port: (how) => Number(new RegExp(`${how} 127\\.0\\.0\\.1:(\\d+)`).exec(line)?.[1]) }
}

/** The rows of the pipeline once there are this many; it is stopped then. */
async function rowsAfter(count: number, { folder, running }: { folder: Folder; running: Running }): Promise<Row[]> {
  const rows = () => {
    try {
      return jsonOf<Row>(folder.lines('out.ndjson'))
    } catch {
      return []
    }
  }
  while (rows().length < count) await sleep(POLL_MS)
  const { code, stderr } = await running.stop()
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(' 0 dead letters')
  return rows()
}

/** What rsyslog does with each line of a log. `action`: where and how it sends them. */
const confOf = (file: string, action: string) => `
module(load="imfile")
input(type="imfile" file="${file}" tag="shop:" severity="warning" facility="local3" ruleset="out")
ruleset(name="out") {
  action(type="omfwd" target="127.0.0.1" template="RSYSLOG_SyslogProtocol23Format" ${action})
}`

describe.skipIf(noRsyslog)('rsyslog', () => {
  const texts = Array.from({ length: MESSAGES }, (_, n) => `order ${n} of 10 <b> "é"`)

  async function expectAll(globals: string, action: (port: (how: string) => number, folder: Folder) => string) {
    const pipeline = await startPipeline()
    using folder = pipeline.folder
    folder.write('shop.log', texts.map((text) => `${text}\n`).join(''))
    const conf =
      globals.replaceAll('FOLDER', folder.path) + confOf(folder.at('shop.log'), action(pipeline.port, folder))
    await using rsyslog = await startRsyslog({ conf })
    const rows = await rowsAfter(MESSAGES, pipeline)
    await rsyslog.stop()
    expect(rows.map(({ message }) => message.trimStart()).toSorted()).toEqual(texts.toSorted())
    expect(rows[0]).toMatchObject({ facility: 19, severity: 4, app: 'shop' })
  }

  test.each([
    ['UDP', 'udp', 'protocol="udp"'],
    ['TCP with line ends', 'tcp', 'protocol="tcp"'],
    ['TCP with octet counting', 'tcp', 'protocol="tcp" TCP_Framing="octet-counted"'],
  ])('over %s', async (_, how, options) => await expectAll('', (port) => `${options} port="${port(how)}"`), LIMIT_MS)

  test.skipIf(noTls)(
    'over TLS, with certificates on both sides',
    async () => {
      const globals = `global(
        defaultNetstreamDriverCAFile="FOLDER/ca.pem"
        defaultNetstreamDriverCertFile="FOLDER/client.pem"
        defaultNetstreamDriverKeyFile="FOLDER/client.key"
      )
      `
      const driver = 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"'
      const framing = 'protocol="tcp" TCP_Framing="octet-counted"'
      await expectAll(globals, (port) => `${framing} ${driver} port="${port('tls')}"`)
    },
    LIMIT_MS,
  )
})

test.skipIf(noLogger)(
  'logger of util-linux, in each of its ways',
  async () => {
    const pipeline = await startPipeline()
    using _ = pipeline.folder
    const ways = [
      ['udp', '-d', '--rfc5424'],
      ['udp', '-d', '--rfc3164'],
      ['tcp', '-T', '--rfc5424'],
      ['tcp', '-T', '--rfc3164'],
      ['tcp', '-T', '--rfc5424', '--octet-count'],
      ['tcp', '-T', '--rfc3164', '--octet-count'],
    ]
    for (const [how = '', ...options] of ways) {
      const to = ['-n', '127.0.0.1', '-P', String(pipeline.port(how)), '-p', 'auth.crit', '-t', 'su']
      execFileSync(debianProgram('logger'), [...to, ...options, `by ${how} ${options.join(' ')}`])
    }
    const rows = await rowsAfter(ways.length, pipeline)
    expect(rows.map(({ message }) => message).toSorted()).toEqual(ways.map((way) => `by ${way.join(' ')}`).toSorted())
    for (const row of rows) expect(row).toMatchObject({ facility: 4, severity: 2, app: 'su' })
  },
  LIMIT_MS,
)
