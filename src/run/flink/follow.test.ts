/** The follower of a job over a server of HTTP that stands for Flink in odd states; the real one is in test/services/flink-run.test.ts. */
import { expect, test } from 'vitest'
import { openMemoryDisk } from '../../base/disk/memory-disk.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { seededRandom } from '../../base/random.ts'
import { openFlinkJobManager } from '../../client/flink/jobmanager.ts'
import { startServer } from '../../client/http/http-server.test-tool.ts'
import { openPatiences } from '../../client/patience.ts'
import type { FlinkJob } from '../../flink/job.ts'
import { followJob } from './follow.ts'
import { openJournal } from './journal.ts'
import type { SubmitAs } from './server.ts'

const JOB: FlinkJob = {
  query: 'paths',
  settings: {},
  tables: [],
  insert: '',
  columns: [],
  reads: [],
  result: { query: 'paths', topic: 'p.paths.flink', fields: [], key: undefined, isChanging: false },
  placeOf: () => ({ file: 'p.yaml', line: 7, column: 3 }),
}

type State = { readonly state: string; readonly exception?: string } | 'away' | 'lost' | 'other server'

/** Follows a job of which each look finds the next state, until there is none; resolves with what was done and said. */
async function followed(states: readonly State[]) {
  const left = [...states]
  let now: State | undefined
  const { url } = await startServer(({ url }, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (/^\/jobs\/\w+$/.test(url)) {
      now = left.shift()
      if (left.length === 0) void job.leave()
    }
    if (now === 'away')
      return answer(503, { errors: ['Service temporarily unavailable due to an ongoing leader election.'] })
    if (now === 'other server') return answer(404, { errors: [`Not found: ${url}`] })
    if (now === 'lost' || now === undefined) return answer(404, { errors: ['org.x.NotFoundException: Job not found'] })
    if (/exceptions/.test(url)) {
      const { exception } = now
      const entries = exception === undefined ? [] : [{ timestamp: 5, stacktrace: exception }]
      return answer(200, { exceptionHistory: { entries } })
    }
    if (/checkpoints/.test(url))
      return answer(200, { latest: { completed: { external_path: 'file:/chk-7', latest_ack_timestamp: 9 } } })
    if (/metrics/.test(url)) return answer(200, [{ id: 'numRestarts', value: '2' }])
    if (/watermarks/.test(url)) return answer(200, [{ id: '0.currentInputWatermark', value: '60000' }])
    if (/backpressure/.test(url)) return answer(200, { backpressureLevel: 'high' })
    if (/overview/.test(url)) return answer(200, { jobs: [] })
    return answer(200, { state: now.state, 'start-time': 3, vertices: [{ id: 'v' }] })
  })
  const clock = jumpingClock()
  const said: string[] = []
  const submitted: SubmitAs[] = []
  const failures: unknown[] = []
  const marks: number[][] = []
  const manager = await openFlinkJobManager({ url, tls: true, timeout: 5000 }, { folder: '.', clock })
  const warn = (message: string) => said.push(message.replaceAll(url, 'URL'))
  const patiences = openPatiences({
    clock,
    random: seededRandom(1),
    closed: new AbortController().signal,
    of: 'Flink',
    warn,
  })
  const journal = openJournal(openMemoryDisk(), '/')
  const job = followJob({
    query: 'paths',
    print: { fingerprint: 'f', layout: {} },
    jobAt: () => JOB,
    server: {
      jobManager: async () => manager,
      submit: async (_, as) => `job${submitted.push(as)}`,
      close() {},
    },
    journal,
    clock,
    patience: patiences.open(),
    newName: () => `name${submitted.length}`,
    dropsRepeated: true,
    mark: async (before) => {
      marks.push([before.length])
      return [[...(before[0] ?? []), marks.length]]
    },
    readAll: async () => undefined,
    forgetRead: async () => undefined,
    stopping: new AbortController().signal,
    warn,
    fail: (error) => failures.push(error),
  })
  job.run()
  await job.ended()
  manager.close()
  return { said, submitted, failures, entry: journal.of('paths'), look: job.look() }
}

const RUNNING = { state: 'RUNNING' }

test('a job that runs is measured, and its newest checkpoint is known', async () => {
  const { look, entry, submitted, said } = await followed([RUNNING, RUNNING])
  expect(look).toMatchObject({
    state: 'RUNNING',
    restarts: 2,
    watermark: 60_000,
    backPressure: 'high',
    checkpointAt: 9,
    trouble: undefined,
  })
  expect(entry).toMatchObject({ job: 'job1', from: 'file:/chk-7', isClean: false })
  expect(submitted).toEqual([{ name: 'name0', from: undefined }])
  expect(said).toEqual([])
})

test('a Flink that does not answer is waited for, once said and once over', async () => {
  const { said, submitted, failures } = await followed([RUNNING, ...Array(6).fill('away'), RUNNING, RUNNING])
  expect(said).toEqual([
    expect.stringMatching(/^Flink: waits and tries again, because Flink’s JobManager at URL says: .*leader election/),
    expect.stringMatching(/^Flink: goes on after \d+ s/),
  ])
  expect([submitted.length, failures]).toEqual([1, []])
})

test('a job that Flink starts again says why, once, with the line of the file', async () => {
  const restarting = {
    state: 'RESTARTING',
    exception: 'java.lang.Exception: x\nCaused by: org.x.TaskException: the task is gone',
  }
  const { said, look } = await followed([RUNNING, restarting, restarting, restarting])
  expect(said).toEqual(['query "paths" (p.yaml:7): its job at Flink has failed: the task is gone'])
  expect(look.trouble).toBe('Flink starts it again: the task is gone')
})

test('a job that is lost gets another one from its newest checkpoint, behind a mark; one that is away for a moment does not', async () => {
  const moment = await followed([RUNNING, 'lost', 'lost', RUNNING, RUNNING])
  expect(moment.submitted).toHaveLength(1)
  const { submitted, said, entry } = await followed([RUNNING, ...Array(12).fill('lost'), RUNNING, RUNNING])
  expect(submitted.map(({ from }) => from)).toEqual([undefined, 'file:/chk-7'])
  expect(said).toEqual(['query "paths": Flink has lost its job job1, and gets another one'])
  expect(entry).toMatchObject({ job: 'job2', marks: [[1]] })
})

test('a job that has failed for good is submitted again after a pause; one whose state does not fit the query ends the run', async () => {
  const failed = { state: 'FAILED', exception: 'java.lang.Exception: boom' }
  const { submitted, failures } = await followed([RUNNING, failed, RUNNING, RUNNING])
  expect([submitted.length, failures]).toEqual([2, []])
  const misfit = {
    state: 'FAILED',
    exception:
      'java.lang.IllegalStateException: Cannot map checkpoint/savepoint state for operator 1 to the new program',
  }
  expect((await followed([RUNNING, misfit, RUNNING])).failures).toEqual([
    expect.objectContaining({ code: 'pipeline', hint: expect.stringContaining('--reset paths=earliest') }),
  ])
})

test('a job that somebody cancels or stops at Flink is submitted again, and that is said', async () => {
  const { submitted, said, failures } = await followed([RUNNING, { state: 'CANCELED' }, RUNNING, RUNNING])
  expect(submitted.map(({ from }) => from)).toEqual([undefined, 'file:/chk-7'])
  expect(said).toEqual([
    'query "paths": its job job1 has ended (it was cancelled at Flink); it is submitted again, as this run needs it: to stop it for good, stop the run',
  ])
  expect(failures).toEqual([])
})

test('a job is not lost where another server than the JobManager is asked', async () => {
  const { submitted, said } = await followed([RUNNING, ...Array(14).fill('other server'), RUNNING, RUNNING])
  expect(submitted).toHaveLength(1)
  expect(said).toEqual([
    expect.stringMatching(/^Flink: waits and tries again, because URL does not answer as Flink’s JobManager does/),
    expect.stringMatching(/^Flink: goes on after \d+ s/),
  ])
})
