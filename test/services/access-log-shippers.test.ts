/**
 * Topic RAWLOG of examples/access-log, filled by other programs with the configurations of the example: rsyslog, Flume, and Filebeat
 * where it was built. Each gives the rows that tailrace gives when it follows the log itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { filebeatPath, startFilebeat } from '../../scripts/services/filebeat/filebeat.ts'
import { startFlume } from '../../scripts/services/flume/flume.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { type Nginx, startNginx } from '../../scripts/services/nginx.ts'
import { startRsyslog } from '../../scripts/services/rsyslog.ts'
import { type Folder, startProgram } from '../cli/tailrace.ts'
import { changed, EXAMPLE, exampleFolder, hitsOf, PARAMS, rowsIn, sumOf } from './access-log-example.ts'
import { isMissing, isNotBuilt } from './missing.ts'

const LIMIT_MS = 300_000
const POLL_MS = 200
const REQUESTS = 1000
const LOG_OF_A_SYSTEM = '/var/log/nginx/access.log'
const BROKERS = ['127.0.0.1:9093', '127.0.0.1:9094', '127.0.0.1:9095']

const isSkipped = await isMissing('nginx or Kafka', async () => {
  debianProgram('nginx')
  await installedJars('kafka')
})
const noRsyslog = await isMissing('rsyslog', () => debianProgram('rsyslog'))
const noFlume = await isMissing('Flume', () => installedJars('flume'))
const noFilebeat = isNotBuilt('Filebeat', filebeatPath)

describe.skipIf(isSkipped)('RAWLOG', () => {
  let kafka: Kafka
  let nginx: Nginx
  /** Where nginx writes its log, which tailrace has read itself. */
  let own: Folder
  const log = () => own.at('nginx/access.log')

  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3 })
    own = await exampleFolder()
    nginx = await startNginx({ folder: own.at('nginx') })
    const load = ['--url', nginx.urls.nginx ?? '', '--requests', String(REQUESTS)]
    const sent = await startProgram(process.execPath, [`${EXAMPLE}/load.ts`, ...load]).ended
    expect(sent.code, sent.stderr).toBe(0)
    const run = await own.tailrace('run', 'pipeline.yaml', ...PARAMS, '--until-end')
    expect(run.code, run.stderr).toBe(0)
    expect(hitsOf(rowsIn(own, 'RESULTS'))).toMatchObject({ '/product1': 500, '/product5': 20 })
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([nginx?.stop(), kafka?.stop()])
    own?.[Symbol.dispose]()
  })

  /** The brokers of the test, and a topic of its own, in place of those of a configuration. */
  const confOf = (name: string, prefix: string, path: string): string => {
    const brokers = Object.fromEntries(BROKERS.map((broker, index) => [broker, kafka.addresses[index] ?? '']))
    return changed(name, { ...brokers, RAWLOG: `${prefix}.RAWLOG`, [path]: log() })
  }

  /** Runs the pipeline on topics with a prefix, which `start` fills, until every request is counted; gives its folder. */
  async function filledBy(prefix: string, start: () => Promise<AsyncDisposable>, overlay = ''): Promise<Folder> {
    const folder = await exampleFolder()
    const bus = `bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: ${prefix}. } }`
    folder.write('own.yaml', `${bus}\nsources: { access: null }\n${overlay}`)
    const running = folder.start('run', 'pipeline.yaml', '--with', 'own.yaml', ...PARAMS)
    await running.line(/^access-log runs/)
    {
      await using _ = await start()
      while (sumOf(rowsIn(folder, 'RESULTS')) < REQUESTS) await sleep(POLL_MS)
    }
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(' 0 dead letters')
    return folder
  }

  /** The rows of top_pages are the same; the lines lie elsewhere in the topic, so they have other ids. */
  function expectSameRows(folder: Folder): void {
    expect(rowsIn(folder, 'RESULTS')).toEqual(rowsIn(own, 'RESULTS'))
    const lines = (of: Folder) => rowsIn(of, 'LOG').map(({ id: _, log_type: __, ...row }) => JSON.stringify(row))
    expect(lines(folder).toSorted()).toEqual(lines(own).toSorted())
  }

  test.skipIf(noRsyslog)(
    'filled by rsyslog gives the same rows',
    async () => {
      const conf = confOf('rsyslog.conf', 'rsyslog', LOG_OF_A_SYSTEM)
      using folder = await filledBy('rsyslog', () => startRsyslog({ conf }))
      expectSameRows(folder)
    },
    LIMIT_MS,
  )

  test.skipIf(noFlume)(
    'filled by Flume gives the same rows',
    async () => {
      const conf = confOf('flume.conf', 'flume', LOG_OF_A_SYSTEM)
      using folder = await filledBy('flume', () => startFlume({ conf }))
      expectSameRows(folder)
    },
    LIMIT_MS,
  )

  test.skipIf(noFilebeat)(
    'filled by Filebeat, in its envelope, gives the same rows',
    async () => {
      const conf = confOf('filebeat.yml', 'filebeat', '${PWD}/nginx/access.log')
      const overlay = `
topics: { RAWLOG: { format: { json: { inside: { message: combined }, columns: { log_type: STRING } } } } }
sinks: { log: { sqlite: { columns: { raw_message: message, log_type: log_type } } } }
`
      using folder = await filledBy('filebeat', () => startFilebeat({ conf }), overlay)
      expect(new Set(rowsIn(folder, 'LOG').map(({ log_type }) => log_type))).toEqual(new Set(['nginx_access']))
      expectSameRows(folder)
    },
    LIMIT_MS,
  )
})
