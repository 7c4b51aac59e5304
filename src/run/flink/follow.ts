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
import { oneLine } from '../../base/one-line.ts'
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { FlinkBackPressure, FlinkJobManager, FlinkJobState } from '../../client/flink/jobmanager.ts'
import { flinkError } from '../../client/flink/trouble.ts'
import type { Patience } from '../../client/kafka/patience.ts'
import type { FlinkJob } from '../../flink/job.ts'
import type { QueryPrint } from '../../runner/reset.ts'
import type { BeginOffsets, JobEntry, Journal } from './journal.ts'
import type { FlinkServer } from './server.ts'

/** How a job stands, as it was last seen. */
export type JobLook = {
  readonly id: string | undefined
  /** In Flink's words; undefined: it was not seen yet. */
  readonly state: FlinkJobState | undefined
  /** ms since 1970. */
  readonly since: number | undefined
  readonly restarts: number
  /** The least of its operators. */
  readonly watermark: EventTime | undefined
  /** The worst of its operators. */
  readonly backPressure: FlinkBackPressure | undefined
  /** When its newest checkpoint was complete. */
  readonly checkpointAt: number | undefined
  /** The last thing that went wrong in it. */
  readonly exception: { readonly text: string; readonly at: number } | undefined
  /** Why it does not run, in words; undefined: it does. */
  readonly trouble: string | undefined
}

export type FollowedJob = {
  readonly query: string
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
}

export type FollowContext = {
  readonly query: string
  readonly print: QueryPrint
  /** The statements, for a job that begins at these offsets, by topic; at the first that are kept, where there are none. */
  jobAt(offsets: BeginOffsets | undefined): FlinkJob
  /** Where the first job begins; see `jobAt`. */
  readonly begins?: BeginOffsets | undefined
  readonly server: FlinkServer
  readonly journal: Journal
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
/** A stop does not wait longer for a job that Flink is just starting again. */
const STOP_MS: Duration = 5000
/** A JobManager that comes back finds its jobs again within this time, where it is highly available. */
const LOST_AFTER_MS: Duration = 10_000
const STOPPED: readonly (FlinkJobState | undefined)[] = ['FINISHED', 'CANCELED', 'FAILED']
const WORDS: { readonly [state in FlinkJobState]?: string } = {
  RESTARTING: 'Flink starts it again',
  FAILING: 'it fails',
  FAILED: 'it has failed',
  CANCELED: 'it was cancelled at Flink',
  FINISHED: 'it was stopped at Flink',
  SUSPENDED: 'it is suspended',
}
const EXCEPTION_LENGTH = 300
/** What Flink says where a checkpoint is not there, and where it does not fit the query. */
const NO_CHECKPOINT = /Cannot find (checkpoint|savepoint|meta ?data)|does not exist|No such file|FileNotFound|could not be found/i
const NO_FIT = /Cannot map checkpoint\/savepoint state|state .*(incompatible|not compatible)|StateMigration/i

const NOTHING_SEEN: JobLook = {
  id: undefined,
  state: undefined,
  since: undefined,
  restarts: 0,
  watermark: undefined,
  backPressure: undefined,
  checkpointAt: undefined,
  exception: undefined,
  trouble: 'it is not submitted yet',
}

/** A job that nothing was done about yet. */
export function followJob(context: FollowContext): FollowedJob {
  const { query, server, journal, clock, patience, warn } = context
  const halt = new AbortController()
  const { signal } = halt
  let seen: JobLook = NOTHING_SEEN
  let missingSince: number | undefined
  let running: Promise<void> | undefined
  let looks = 0
  /** How it is to end; undefined: not yet. */
  let wish: { readonly drain: boolean; readonly since: number } | undefined

  const set = async (change: Partial<JobEntry>): Promise<JobEntry> => {
    const { print } = context
    const before = journal.of(query) ?? { name: '', isClean: true, marks: [] }
    const next = { ...before, print, ...change }
    await journal.set(query, next)
    return next
  }

  /** Submits the job, from where the one before has ended. */
  const begin = async (): Promise<void> => {
    const before = journal.of(query)
    const marks = before === undefined || !context.dropsRepeated ? [] : await context.mark(before.marks)
    const name = context.newName()
    const { from, begin = context.begins } = await set({ name, job: undefined, marks })
    if (before?.isClean === false && from !== undefined && !context.dropsRepeated) {
      warn(`query "${query}": Flink goes on from its last known checkpoint; rows that it has put out since then may come twice`)
    }
    await context.forgetRead()
    const id = await server.submit(context.jobAt(begin), { name, from }, signal)
    await set({ job: id, begin, isClean: false })
    missingSince = undefined
    seen = { ...NOTHING_SEEN, restarts: seen.restarts, exception: seen.exception, id, trouble: 'it begins' }
  }

  /** The job that the journal knows, or one that was submitted before the journal could say so. */
  const known = async (manager: FlinkJobManager): Promise<string | undefined> => {
    const entry = journal.of(query)
    if (entry?.job !== undefined || entry === undefined) return entry?.job
    const found = (await manager.jobs(signal)).find(({ name }) => name === entry.name)
    if (found === undefined) return undefined
    await set({ job: found.id, isClean: false })
    return found.id
  }

  const look = async (manager: FlinkJobManager): Promise<void> => {
    const id = await known(manager)
    if (id === undefined) return await begin()
    const job = await manager.job(id, signal)
    if (job === undefined) {
      missingSince ??= clock.elapsed()
      seen = { ...seen, id, state: undefined, trouble: 'Flink does not know it any more' }
      if (clock.elapsed() - missingSince < LOST_AFTER_MS) return
      warn(`query "${query}": Flink has lost its job ${id}, and gets another one`)
      await set({ job: undefined, isClean: false })
      return await begin()
    }
    missingSince = undefined
    await noteException(manager, id)
    await noteCheckpoint(manager, id)
    const trouble = WORDS[job.state] ?? (job.state === 'RUNNING' ? undefined : 'it begins')
    const about = seen.exception === undefined ? '' : `: ${seen.exception.text}`
    seen = { ...seen, id, state: job.state, since: job.since, trouble: trouble && `${trouble}${job.state === 'RESTARTING' || job.state === 'FAILED' ? about : ''}` }
    if (STOPPED.includes(job.state)) return await ended(job.state)
    if (job.state !== 'RUNNING') return
    if (looks++ % MEASURE_EVERY === 0) seen = { ...seen, ...(await measured(manager, id, job.vertices)) }
    if (wish !== undefined) await end(manager, id, wish.drain && !context.stopping.aborted)
  }

  /** Stops the job, if it has done what it was to do. */
  const end = async (manager: FlinkJobManager, id: string, drain: boolean): Promise<void> => {
    const begin = drain ? await context.readAll() : undefined
    if (drain && begin === undefined) return
    const stopped = await manager.stop(id, drain, signal)
    // Its tasks may be about to start again: the next look tells.
    if (stopped.kind === 'refused') return void (seen = { ...seen, trouble: `it cannot be stopped: ${stopped.why}` })
    // What the end has closed is closed in the savepoint, too: a next job reads on behind it, and keeps nothing.
    const rest = begin === undefined ? { from: stopped.savepoint } : { from: undefined, begin }
    await set({ job: undefined, name: '', isClean: true, ...rest })
    seen = { ...seen, state: 'FINISHED', trouble: undefined }
    halt.abort()
  }

  const measured = async (manager: FlinkJobManager, id: string, vertices: readonly string[]) => {
    const [restarts, ...each] = await Promise.all([
      manager.restarts(id, signal),
      ...vertices.map(async (vertex) => ({
        watermark: await manager.watermark(id, vertex, signal),
        backPressure: await manager.backPressure(id, vertex, signal),
      })),
    ])
    const watermarks = each.flatMap(({ watermark }) => watermark ?? [])
    const worst = (['high', 'low', 'ok'] as const).find((level) => each.some((one) => one.backPressure === level))
    return { restarts, watermark: watermarks.length === 0 ? undefined : Math.min(...watermarks), backPressure: worst }
  }

  const noteException = async (manager: FlinkJobManager, id: string): Promise<void> => {
    const last = await manager.exception(id, signal)
    if (last === undefined || last.at === seen.exception?.at) return
    const text = oneLine(flinkError([last.stackTrace], true).message, EXCEPTION_LENGTH)
    seen = { ...seen, exception: { text, at: last.at } }
    const { file, line } = context.jobAt(undefined).placeOf(2, 1) ?? {}
    warn(`query "${query}"${file === undefined ? '' : ` (${file}:${line})`}: its job at Flink has failed: ${text}`)
  }

  const noteCheckpoint = async (manager: FlinkJobManager, id: string): Promise<void> => {
    const last = await manager.checkpoint(id, signal)
    if (last === undefined) return
    seen = { ...seen, checkpointAt: last.at }
    if (journal.of(query)?.from !== last.path) await set({ from: last.path })
  }

  /** A job that has ended without being asked to is submitted again. */
  const ended = async (state: FlinkJobState): Promise<void> => {
    const text = seen.exception?.text ?? ''
    if (state === 'FAILED' && NO_FIT.test(text)) {
      throw new Failure('pipeline', `query "${query}" cannot go on with the state that Flink has kept: ${text}`, {
        hint: `Start it anew: --reset ${query}=earliest, or --reset ${query}=latest.`,
      })
    }
    const from = journal.of(query)?.from
    const isGone = state === 'FAILED' && from !== undefined && NO_CHECKPOINT.test(text) && seen.checkpointAt === undefined
    if (isGone) warn(`query "${query}": ${from} is gone, so Flink reads again all that is kept; rows that are out stay as they are`)
    if (isGone && !context.dropsRepeated) throw lostState(query)
    await set({ job: undefined, name: '', isClean: false, ...(isGone && { from: undefined }) })
    const why = new Failure('io', `the job of query "${query}" has ended (${WORDS[state]})${text === '' ? '' : `: ${text}`}`)
    await patience.pause(why)
  }

  /** Tries again what fails because of Flink; false: it is of no use any more. */
  const patiently = async (work: () => Promise<void>): Promise<boolean> => {
    for (;;) {
      try {
        await work()
        if (seen.state === 'RUNNING') patience.over()
        return true
      } catch (error) {
        if (signal.aborted && !(error instanceof Failure)) return false
        if (!(error instanceof Failure) || !isPassing(error)) throw error
        seen = { ...seen, state: undefined, trouble: error.message }
        if (!(await patience.pause(error))) return false
      }
    }
  }

  /** Whether a stop that is wished for has no more to wait for. */
  const isLeft = (): boolean => {
    if (wish === undefined || (wish.drain && !context.stopping.aborted)) return false
    if (journal.of(query)?.job === undefined) return true
    return missingSince !== undefined || clock.elapsed() - wish.since > STOP_MS
  }

  const follow = async (): Promise<void> => {
    while (!signal.aborted && !isLeft()) {
      if (!(await patiently(async () => await look(await server.jobManager(signal))))) break
      await slept(clock, LOOK_MS, signal)
    }
    if (wish !== undefined && journal.of(query)?.job !== undefined) {
      warn(`query "${query}": its job stays at work at Flink; the next run finds it there`)
    }
    patience.end()
  }

  return {
    query,
    look: () => seen,
    run() {
      running ??= follow().catch(context.fail)
    },
    async stop(drain) {
      wish = { drain, since: clock.elapsed() }
      await running
    },
    async leave() {
      halt.abort()
      await running
    },
  }
}

const lostState = (query: string): Failure =>
  new Failure('not-found', `Flink has lost what query "${query}" had kept, and all its rows would be there twice`, {
    hint: `Start it anew: --reset ${query}=latest, from the records to come, or --reset ${query}=earliest, all that is kept, behind the old rows.`,
  })

/** Whether the same may work later: Flink, or what it needs, is away. */
const isPassing = ({ retryable, code }: Failure): boolean => retryable || code === 'io'
