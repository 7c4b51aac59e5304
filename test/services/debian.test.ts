/** The programs from Debian: each starts, does its work, and leaves nothing behind. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Client } from 'basic-ftp'
import { afterAll, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { startFtp } from '../../scripts/services/ftp.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { startRsyslog } from '../../scripts/services/rsyslog.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft } from './remains.ts'
import { rsyslogToTopic } from './rsyslog-to-topic.ts'

const noKafka = await isMissing('Kafka', () => installedJars('kafka'))
const noKcat = await isMissing('kcat', () => debianProgram('kcat'))
const noRsyslog = await isMissing('rsyslog', () => debianProgram('rsyslog'))
const noFtp = await isMissing('the FTP server', () => debianProgram('ftp'))

let shared: Promise<Kafka> | undefined
const oneBroker = (): Promise<Kafka> => (shared ??= startKafka())
afterAll(async () => await (await shared)?.stop())

test.skipIf(noKafka || noKcat)('kcat writes records and reads them', async () => {
  const kafka = await oneBroker()
  await kafka.createTopic('by-kcat', 1)
  await kafka.kcat(['-P', '-t', 'by-kcat', '-K', ':', '-z', 'lz4'], { input: 'a:one\nb:two\n' })
  const read = await kafka.kcat(['-C', '-t', 'by-kcat', '-e', '-q', '-f', '%p %o %k %s\n'])
  expect(read).toBe('0 0 a one\n0 1 b two\n')
})

test.skipIf(noKafka || noKcat || noRsyslog)('rsyslog reads a file and writes its lines to a topic', async () => {
  const kafka = await oneBroker()
  await kafka.createTopic('by-rsyslog', 1)
  using logs = temporaryFolder()
  const file = join(logs.path, 'access.log')
  writeFileSync(file, 'GET /one\n')
  await using rsyslog = await startRsyslog({ conf: rsyslogToTopic(file, 'by-rsyslog', kafka) })
  appendFileSync(file, 'GET /two\n')
  expect(await kafka.kcat(['-C', '-t', 'by-rsyslog', '-o', 'beginning', '-c', '2', '-q'])).toBe('GET /one\nGET /two\n')
  await rsyslog.stop()
  expectNothingLeft(rsyslog.folder, [rsyslog.pid])
})

test.skipIf(noRsyslog)('a mistake in the configuration of rsyslog is a failure that shows the log', async () => {
  await expect(startRsyslog({ conf: 'module(load="no-such-module")' })).rejects.toThrow(/no-such-module/)
})

test.skipIf(noFtp)('the FTP server gives the files of its folder to its user alone', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'access.log'), 'GET /one\n')
  const user = { username: 'bigdata', password: 'the password' }
  await using ftp = await startFtp({ folder: folder.path, user })
  const { hostname: host, port } = new URL(ftp.url)
  const download = async (password: string): Promise<string> => {
    const client = new Client()
    try {
      await client.access({ host, port: Number(port), user: user.username, password })
      const chunks: Buffer[] = []
      const write = (chunk: Buffer, _: unknown, done: () => void) => {
        chunks.push(chunk)
        done()
      }
      await client.downloadTo(new Writable({ write }), 'access.log')
      return Buffer.concat(chunks).toString()
    } finally {
      client.close()
    }
  }
  expect(await download(user.password)).toBe('GET /one\n')
  await expect(download('wrong')).rejects.toThrow(/530/)
  await ftp.stop()
  expectNothingLeft(ftp.folder, [ftp.pid])
})
