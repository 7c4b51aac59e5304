/**
 * Runs of reports that somebody has asked the server for. One whose rows are delivered goes on when its page is closed, and is in the
 * memory of reports once it has ended. One whose rows are only shown is ended when nobody asks about it any more; the last few
 * of them are kept here, so that a page that is loaded again finds them.
 */
import { describeFailure, Failure } from '../../base/failure.ts'
import type { EventTime } from '../../base/quantity.ts'
import { uuidOf } from '../../base/uuid.ts'
import type { DoneReport } from '../../history/open-reports.ts'
import type { ReportRun } from '../../history/report-memory.ts'
import type { CheckedReport } from '../../pipeline/checked.ts'
import type { Span } from '../../pipeline/span.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { RequestError } from '../../source/request-error.ts'
import { askServed } from '../ask-run.ts'
import type { OpenRun } from '../open-run.ts'
import { type ShownRows, showRows } from './show-rows.ts'

/** Runs that are asked for and have not ended, with delivery; and the ones without, of which one works at a time. */
const MOST_DELIVERED = 8
const MOST_SHOWN = 1
/** Ended runs that are kept, of each kind. */
const KEPT = 5
/** A run of which nobody has asked for this time is ended: its page asks each second. */
const LEFT_MS = 30_000

export type AskedRunState = 'waiting' | 'working' | 'done' | 'failed' | 'cancelled'

export type HandRun = Pick<ReportRun, 'id' | 'since' | 'until' | 'due' | 'begunAt' | 'failure'> & {
  readonly report: string
  readonly isDelivered: boolean
  readonly state: AskedRunState
  readonly endedAt?: number
  readonly records?: number
  readonly ofRecords?: number
  /** Of a run with delivery. */
  readonly done?: Pick<DoneReport, 'rows' | 'appended' | 'reached'>
  /** Of one without. */
  readonly shown?: ShownRows
}

type Wish = {
  readonly report: CheckedReport
  readonly span: Span
  /** It stands for the run of that time. */
  readonly due?: EventTime | undefined
}

export type AskedRuns = {
  /** Those of a report, the oldest first. */
  of(report: string): readonly HandRun[]
  /** Notes that somebody looks at it. */
  seen(id: string): void
  deliver(wish: Wish): HandRun
  show(wish: Wish, open: OpenRun): HandRun
  /** Ends a run without delivery, or forgets it. Throws a RequestError where its rows are delivered. */
  cancel(run: HandRun): void
}

type Kept = { run: HandRun; readonly cancel: AbortController; seenAt: number }

const all = new WeakMap<ServedRun, AskedRuns>()

/** Those of a run that is served. */
export function askedRunsOf(served: ServedRun): AskedRuns {
  const known = all.get(served) ?? openAskedRuns(served)
  all.set(served, known)
  return known
}

function openAskedRuns(served: ServedRun): AskedRuns {
  const { clock } = served
  const runs = new Map<string, Kept>()
  let count = 0
  const change = (id: string, to: Partial<HandRun>): void => {
    const kept = runs.get(id)
    if (kept !== undefined) kept.run = { ...kept.run, ...to }
  }
  const begin = ({ report, span, due }: Wish, isDelivered: boolean): Kept => {
    refuseBeyond([...runs.values()], isDelivered)
    const begunAt = clock.now()
    const id = uuidOf(served.pipeline, 'asked', report.name, span.since, span.until, begunAt, count++)
    const state = isDelivered ? 'waiting' : 'working'
    const run: HandRun = { id, report: report.name, ...span, due, begunAt, isDelivered, state }
    const kept = { run, cancel: new AbortController(), seenAt: clock.elapsed() }
    runs.set(id, kept)
    forgetOld(runs, isDelivered)
    return kept
  }
  /** Notes how the work of a run ends. */
  const follow = async (id: string, work: () => Promise<Partial<HandRun>>): Promise<void> => {
    try {
      change(id, { state: 'done', ...(await work()), endedAt: clock.now() })
    } catch (error) {
      const isCancelled = runs.get(id)?.cancel.signal.aborted === true
      const failure = error instanceof Failure ? describeFailure(error) : `a bug in tailrace: ${String(error)}`
      change(id, { endedAt: clock.now(), ...(isCancelled ? { state: 'cancelled' } : { state: 'failed', failure }) })
    }
  }
  return {
    of: (report) => [...runs.values()].map(({ run }) => run).filter((run) => run.report === report),
    seen(id) {
      const kept = runs.get(id)
      if (kept !== undefined) kept.seenAt = clock.elapsed()
    },
    deliver(wish) {
      const { run } = begin(wish, true)
      const { id, since, until, report: name } = run
      const request = { command: 'report', name, since, until, due: wish.due !== undefined, id }
      void follow(id, async () => ({ done: await askServed<DoneReport>(served, request) }))
      return run
    },
    show(wish, open) {
      const kept = begin(wish, false)
      const { id } = kept.run
      const { signal } = kept.cancel
      const onRead = (records: number, ofRecords: number): void => {
        change(id, { records, ofRecords })
        if (clock.elapsed() - kept.seenAt > LEFT_MS) kept.cancel.abort()
      }
      void follow(id, async () => ({ shown: await showRows(wish.report, wish.span, open, { signal, onRead }) }))
      return kept.run
    },
    cancel({ id, isDelivered, state }) {
      if (isDelivered)
        throw new RequestError(409, 'a run whose rows are delivered is not cancelled: it would be half done')
      runs.get(id)?.cancel.abort()
      if (state !== 'working') runs.delete(id)
    },
  }
}

function refuseBeyond(runs: readonly Kept[], isDelivered: boolean): void {
  const under = runs.filter(({ run }) => run.isDelivered === isDelivered && run.endedAt === undefined)
  if (under.length < (isDelivered ? MOST_DELIVERED : MOST_SHOWN)) return
  const names = [...new Set(under.map(({ run }) => run.report))].join(', ')
  throw new RequestError(
    409,
    isDelivered
      ? `${under.length} runs of reports wait already: ${names}`
      : `report ${names} is being made to be shown, one at a time: wait for it, or cancel it`,
  )
}

/** Keeps the last runs of a kind that have ended. */
function forgetOld(runs: Map<string, Kept>, isDelivered: boolean): void {
  const ended = [...runs.values()].filter(({ run }) => run.isDelivered === isDelivered && run.endedAt !== undefined)
  for (const { run } of ended.slice(0, -KEPT)) runs.delete(run.id)
}
