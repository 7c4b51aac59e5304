/**
 * Follows the job of one query: submits it, finds it again, watches it, and stops it.
 *
 *   no job ─▶ submitted ─▶ runs ⇄ restarts (by Flink itself) ─▶ lost or failed ─▶ submitted again, from its newest checkpoint
 *
 * Whatever Flink does not do now is tried again: sources, decodes and sinks go on meanwhile. Before a job is submitted that may put
 * out rows again, a mark is put behind those that are there, so that the relay drops them.
 */
import { type Clock, slept } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { FlinkJobManager, FlinkJobState } from '../../client/flink/jobmanager.ts'
import type { Patience } from '../../client/patience.ts'
import type { FlinkJob } from '../../flink/job.ts'
import type { QueryPrint } from '../../runner/reset.ts'
import { ENDED, exceptionText, type JobLook, measured, NOTHING_SEEN, STATE_WORDS } from './job-look.ts'
import type { BeginOffsets, JobEntry, JobJournal } from './journal.ts'
import type { FlinkServer } from './server.ts'

export type FollowedJob = {
  look(): JobLook
  /** Follows the job until it is stopped, or left. */
  run(): void
  /**
   * Stops the job with a savepoint, from which the next one goes on. `drain`: only once it has read all that there is, and with every
   * window closed. Resolves when it has ended; also where Flink cannot be asked, and the job stays.
   */
  stop(drain: boolean): Promise<void>
  /** Follows it no more: the job stays at work. */
  leave(): Promise<void>
  /** Resolves when it is followed no more. */
  ended(): Promise<void>
}

export type FollowContext = {
  readonly query: string
  readonly print: QueryPrint
  /** The statements, for a job that begins at these offsets, by topic; at the first that are kept, where there are none. */
  jobAt(offsets: BeginOffsets | undefined): FlinkJob
  /** Where the first job begins; see `jobAt`. */
  readonly begins?: BeginOffsets | undefined
  readonly server: FlinkServer
  readonly journal: JobJournal
  readonly clock: Clock
  readonly patience: Patience
  /** What Flink calls the next job: another name each time. */
  newName(): string
  /** Whether rows that come again are dropped; false: they would be there twice. */
  readonly dropsRepeated: boolean
  /** Puts a mark behind the rows that are there; resolves with all marks once it is durable. */
  mark(marks: JobEntry['marks']): Promise<JobEntry['marks']>
  /** The ends of the topics that the job reads, if it has read them to there; else undefined. */
  readAll(): Promise<BeginOffsets | undefined>
  /** What a job before has read says nothing of the next one. */
  forgetRead(): Promise<void>
  /** Aborted when nobody waits for the end of the input any more. */
  readonly stopping: AbortSignal
  warn(message: string): void
  fail(error: unknown): void
}

const LOOK_MS: Duration = 1000
/** Every how many looks it is measured, which takes a request or two for each operator. */
const MEASURE_EVERY = 5
/** A JobManager that comes back finds its jobs again within this time, where it is highly available. */
const LOST_AFTER_MS: Duration = 10_000
/** A stop does not wait longer for a job that Flink is just starting again. */
const STOP_MS: Duration = 5000
/** What Flink says where a checkpoint is not there, and where it does not fit the query. */
const NO_CHECKPOINT =
  /Cannot find (checkpoint|savepoint|meta ?data)|does not exist|No such file|FileNotFound|could not be found/i
const NO_FIT = /Cannot map checkpoint\/savepoint state|state .*(incompatible|not compatible)|StateMigration/i

/** A job that is followed. */
type Following = FollowContext & {
  readonly halt: AbortController
  seen: JobLook
  looks: number
  /** Since when Flink does not know it, on the clock. */
  missingSince: number | undefined
  /** How it is to end; undefined: not yet. */
  wish: { readonly drain: boolean; readonly since: number } | undefined
}

/** A job that nothing was done about yet. */
export function followJob(context: FollowContext): FollowedJob {
  const fresh = { seen: NOTHING_SEEN, looks: 0, missingSince: undefined, wish: undefined }
  const job: Following = { ...context, ...fresh, halt: new AbortController() }
  let running: Promise<void> | undefined
  return {
    look: () => job.seen,
    run() {
      running ??= follow(job).catch((error: unknown) => {
        job.seen = { ...job.seen, trouble: error instanceof Error ? error.message : String(error) }
        context.fail(error)
      })
    },
    async stop(drain) {
      job.wish = { drain, since: job.clock.elapsed() }
      await running
    },
    async leave() {
      job.halt.abort()
      await running
    },
    async ended() {
      await running
    },
  }
}

async function follow(job: Following): Promise<void> {
  const { query, server, journal, clock, patience, warn, halt } = job
  while (!halt.signal.aborted && !isLeft(job)) {
    if (!(await patiently(job, async () => await look(job, await server.jobManager(halt.signal))))) break
    await slept(clock, LOOK_MS, halt.signal)
  }
  if (job.wish !== undefined && journal.of(query)?.job !== undefined) {
    warn(`query "${query}": its job was not stopped, and may go on at Flink; the next run finds it there`)
  }
  patience.end()
}

/** Whether a stop that is wished for has no more to wait for. */
function isLeft({ wish, stopping, journal, query, missingSince, clock }: Following): boolean {
  if (wish === undefined || (wish.drain && !stopping.aborted)) return false
  if (journal.of(query)?.job === undefined) return true
  return missingSince !== undefined || clock.elapsed() - wish.since > STOP_MS
}

/** Tries again what fails because of Flink; false: it is of no use any more. */
async function patiently(job: Following, work: () => Promise<void>): Promise<boolean> {
  for (;;) {
    try {
      await work()
      if (job.seen.state === 'RUNNING') job.patience.over()
      return true
    } catch (error) {
      if (job.halt.signal.aborted && !(error instanceof Failure)) return false
      if (!(error instanceof Failure) || !(error.retryable || error.code === 'io')) throw error
      job.seen = { ...job.seen, state: undefined, trouble: error.message }
      if (!(await job.patience.pause(error))) return false
    }
  }
}

async function set({ query, print, journal }: Following, change: Partial<JobEntry>): Promise<JobEntry> {
  const next = { ...(journal.of(query) ?? { name: '', isClean: true, marks: [] }), print, ...change }
  await journal.set(query, next)
  return next
}

/** Submits the job, from where the one before has ended. */
async function begin(job: Following): Promise<void> {
  const { query, journal, dropsRepeated, server, halt } = job
  const before = journal.of(query)
  const marks = before === undefined || !dropsRepeated ? [] : await job.mark(before.marks)
  const name = job.newName()
  const { from, begin: at = job.begins } = await set(job, { name, job: undefined, marks })
  if (before?.isClean === false && from !== undefined && !dropsRepeated) {
    const what = 'Flink goes on from its last known checkpoint; rows that it has put out since then may come twice'
    job.warn(`query "${query}": ${what}`)
  }
  await job.forgetRead()
  const id = await server.submit(job.jobAt(at), { name, from }, halt.signal)
  await set(job, { job: id, begin: at, isClean: false })
  job.missingSince = undefined
  const { restarts, exception } = job.seen
  job.seen = { ...NOTHING_SEEN, restarts, exception, id, trouble: 'it begins' }
}

/** The job that the journal knows, or one that was submitted before the journal could say so. */
async function known(job: Following, manager: FlinkJobManager): Promise<string | undefined> {
  const entry = job.journal.of(job.query)
  if (entry?.job !== undefined || entry === undefined) return entry?.job
  const found = (await manager.jobs(job.halt.signal)).find(({ name }) => name === entry.name)
  if (found === undefined) return undefined
  await set(job, { job: found.id, isClean: false })
  return found.id
}

async function look(job: Following, manager: FlinkJobManager): Promise<void> {
  const { signal } = job.halt
  const id = await known(job, manager)
  if (id === undefined) return await begin(job)
  const found = await manager.job(id, signal)
  if (found === undefined) return await missing(job, id)
  job.missingSince = undefined
  await noteException(job, manager, id)
  await noteCheckpoint(job, manager, id)
  const { state, since, vertices } = found
  const why = STATE_WORDS[state]
  const about = ['RESTARTING', 'FAILED'].includes(state) ? (job.seen.exception?.text ?? '') : ''
  job.seen = { ...job.seen, id, state, since, trouble: why && (about === '' ? why : `${why}: ${about}`) }
  if (ENDED.includes(state)) return await ended(job, state)
  if (state !== 'RUNNING') return
  if (job.looks++ % MEASURE_EVERY === 0) job.seen = { ...job.seen, ...(await measured(manager, id, vertices, signal)) }
  if (job.wish !== undefined) await end(job, manager, id)
}

/** A job that Flink does not know, as a JobManager does that was started again. */
async function missing(job: Following, id: string): Promise<void> {
  const { clock, query } = job
  job.missingSince ??= clock.elapsed()
  job.seen = { ...job.seen, id, state: undefined, trouble: 'Flink does not know it any more' }
  if (clock.elapsed() - job.missingSince < LOST_AFTER_MS) return
  job.warn(`query "${query}": Flink has lost its job ${id}, and gets another one`)
  await set(job, { job: undefined, isClean: false })
  await begin(job)
}

async function noteException(job: Following, manager: FlinkJobManager, id: string): Promise<void> {
  const last = await manager.exception(id, job.halt.signal)
  if (last === undefined || last.at === job.seen.exception?.at) return
  const text = exceptionText(last)
  job.seen = { ...job.seen, exception: { text, at: last.at } }
  const { file, line } = job.jobAt(undefined).placeOf(2, 1) ?? {}
  const where = file === undefined ? '' : ` (${file}:${line})`
  job.warn(`query "${job.query}"${where}: its job at Flink has failed: ${text}`)
}

async function noteCheckpoint(job: Following, manager: FlinkJobManager, id: string): Promise<void> {
  const last = await manager.checkpoint(id, job.halt.signal)
  if (last === undefined) return
  job.seen = { ...job.seen, checkpointAt: last.at }
  if (job.journal.of(job.query)?.from !== last.path) await set(job, { from: last.path })
}

/** Stops the job, if it has done what it was to do. */
async function end(job: Following, manager: FlinkJobManager, id: string): Promise<void> {
  const drain = job.wish?.drain === true && !job.stopping.aborted
  const all = await job.readAll()
  if (drain && all === undefined) return
  const stopped = await manager.stop(id, drain, job.halt.signal)
  if (stopped.kind === 'refused') {
    // Its tasks may be about to start again: the next look tells.
    job.seen = { ...job.seen, trouble: `it cannot be stopped: ${stopped.why}` }
    return
  }
  // What a drain has closed is closed in its savepoint, too: a next job reads on behind it, and keeps nothing.
  await set(job, { job: undefined, name: '', isClean: true, from: drain ? undefined : stopped.savepoint, begin: all })
  job.seen = { ...job.seen, state: 'FINISHED', trouble: undefined }
  job.halt.abort()
}

/** A job that has ended without being asked to is submitted again, at the next look. */
async function ended(job: Following, state: FlinkJobState): Promise<void> {
  const { query, journal, seen } = job
  const text = seen.exception?.text ?? ''
  if (state === 'FAILED' && NO_FIT.test(text)) throw doesNotFit(query, text)
  const from = journal.of(query)?.from
  const isGone = state === 'FAILED' && from !== undefined && NO_CHECKPOINT.test(text) && seen.checkpointAt === undefined
  if (isGone && !job.dropsRepeated) throw lostState(query)
  if (isGone) {
    const what = 'Flink reads again all that is kept; rows that are out stay as they are'
    job.warn(`query "${query}": ${from} is gone, so ${what}`)
  }
  await set(job, { job: undefined, name: '', isClean: false, ...(isGone && { from: undefined }) })
  // Somebody has ended it there, and sees another one come: they have to know by whom.
  if (state !== 'FAILED') {
    const what = 'it is submitted again, as this run needs it: to stop it for good, stop the run'
    job.warn(`query "${query}": its job ${seen.id} has ended (${STATE_WORDS[state]}); ${what}`)
  }
  const why = `the job of query "${query}" has ended (${STATE_WORDS[state]})${text === '' ? '' : `: ${text}`}`
  await job.patience.pause(new Failure('io', why))
}

const anew = (query: string): string =>
  `Start it anew: --reset ${query}=latest, from the records to come, or --reset ${query}=earliest, all that is kept, behind the old rows.`

const doesNotFit = (query: string, text: string): Failure =>
  new Failure('pipeline', `query "${query}" cannot go on with the state that Flink has kept: ${text}`, {
    hint: anew(query),
  })

const lostState = (query: string): Failure =>
  new Failure('not-found', `Flink has lost what query "${query}" had kept, and all its rows would be there twice`, {
    hint: anew(query),
  })
