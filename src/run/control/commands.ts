/**
 * What other processes may ask the one that runs a pipeline, besides `reload`, which the command `run` answers:
 *
 *   status                                   how each part stands
 *   report    name, since, until, due, id    runs a report and puts its rows into its topic; `due`: once its span is whole;
 *                                            `id`: what the run is called
 *   backfill  query, since, until            repairs the rows of a query, without its newest window
 *   send-again  topic, letters, kind, query,   sends the records of dead letters again; `letters` is the topic that has them
 *     sink, group, reason
 *   alerts                                   how the alerts stand
 *   silence   name, key, until, reason       lets nobody hear an alert, or those of its keys with these values, for a time
 *   unsilence  name, key                     ends that
 *
 * A span is in ms since 1970. Work that appends is done in turns with reloads. A stop ends a backfill and a send-again between
 * two reads or appends, and waits for a report. What only they need is loaded when they are asked for.
 */
import * as z from 'zod'
import { type Clock, slept } from '../../base/clock.ts'
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Turns } from '../../base/turns.ts'
import type { Backfilled } from '../../history/backfill.ts'
import { incomparable } from '../../history/incomparable.ts'
import type { SentChosen } from '../../history/letters/letter-view.ts'
import type { DoneReport } from '../../history/open-reports.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { topicOf } from '../../runner/open-topics.ts'
import { silence, silenceRequest, unsilence, unsilenceRequest } from '../alerts/requests.ts'
import type { AlertsView } from '../alerts/standing.ts'
import { alertsOfRun } from '../alerts/view.ts'
import type { Parts } from '../parts.ts'
import type { ControlCommands, ControlRequest } from './socket.ts'

type Controlled = {
  status(): unknown
  /** The parts of the run; undefined until all of them are open. */
  parts(): Parts | undefined
  readonly turns: Turns
  readonly clock: Clock
  /** The run stops. */
  readonly stop: AbortSignal
}

const span = { since: z.number(), until: z.number() }
/** The most characters of what a run is called. */
const MOST_ID = 100

const reportRequest = z.object({
  name: z.string(),
  ...span,
  due: z.boolean().optional(),
  id: z.string().max(MOST_ID).optional(),
})
const sendAgainRequest = z.object({
  topic: z.string(),
  letters: z.string(),
  kind: z.string().optional(),
  query: z.string().optional(),
  sink: z.string().optional(),
  group: z.string().optional(),
  reason: z.string().optional(),
})
const backfillRequest = z.object({ query: z.string(), ...span })

/** The pause before a wait for a report begins anew, once a reload has ended it. */
const RELOAD_MS = 1000

const STARTING = () => new Failure('in-use', 'the pipeline is still starting: ask again', { retryable: true })

/** The commands of a run. Each rejects with a Failure where the request or its work is refused. */
export function controlCommands({ status, parts, turns, clock, stop }: Controlled): ControlCommands {
  const inTurn = <Done>(
    work: (parts: Parts, pipeline: CheckedPipeline) => Promise<Done | undefined> | undefined,
  ): Promise<Done> =>
    turns.next(async () => {
      const open = parts()
      const done = open?.pipeline && (await work(open, open.pipeline))
      if (done === undefined) throw STARTING()
      return done
    })
  /** Nobody waits for a report of an hour to silence an alert. */
  const atOnce = <Done>(work: (parts: Parts, pipeline: CheckedPipeline) => Promise<Done>): Promise<Done> => {
    const open = parts()
    refuseElsewhere(open)
    if (open?.pipeline === undefined) throw STARTING()
    return work(open, open.pipeline)
  }
  const untilWhole = waitUntilWhole(parts, clock, stop)
  return {
    status,
    async report(request) {
      refuseElsewhere(parts())
      const { name, since, until, due = false, id } = parsed(reportRequest, request)
      // It waits while others have their turns; a reload ends the wait, and it begins anew.
      const whole = due && (await untilWhole(name, until))
      return inTurn<DoneReport>(async ({ upkeep }, pipeline) => {
        const report = named(name, pipeline.reports, 'report')
        const done = await upkeep.runReport(report, { since, until }, { due: due ? until : undefined, id })
        return done && { ...done, reached: done.reached || whole }
      })
    },
    backfill: (request) =>
      inTurn<Backfilled>(async (open, pipeline) => {
        refuseElsewhere(open)
        const asked = parsed(backfillRequest, request)
        const query = named(asked.query, pipeline.queries, 'query')
        const reason = incomparable(query)
        if (reason !== undefined) throw new Failure('usage', reason)
        const known = new Map([...query.reads, query.name].map((name) => [name, topicOf(open.topics, name)]))
        const { since, until } = asked
        await open.checkpoints.take()
        const offsets = entryOf(open.checkpoints.last().queries, query.name)?.offsets
        const reads = query.reads.map((name) => {
          const { topic, letters } = topicOf(open.topics, name)
          return { partitions: topic.partitions, letters, offsets: entryOf(offsets, name) ?? {} }
        })
        const { repairRows } = await import('../../history/backfill.ts')
        const { withoutSentAgain } = await import('../../history/without-sent-again.ts')
        const topics = withoutSentAgain(known, open.context)
        const span = { since, until }
        const { tables } = open.lookups
        return repairRows({ pipeline, query, span, topics, lookups: tables, reads, isRunning: true, stop }, clock)
      }),
    alerts: () => atOnce<AlertsView>((open, pipeline) => alertsOfRun(open, pipeline, clock.now())),
    silence: (request) => atOnce((open, pipeline) => silence(parsed(silenceRequest, request), pipeline, open.silences)),
    unsilence: (request) => atOnce((open) => unsilence(parsed(unsilenceRequest, request), open.silences)),
    'send-again': (request) =>
      inTurn<SentChosen>(async ({ context: { bus, disk, dataFolder } }) => {
        const { topic, letters, ...choice } = parsed(sendAgainRequest, request)
        const { chosenLetters, sendChosen } = await import('../../history/send-chosen.ts')
        const chosen = chosenLetters(await bus.reader(letters), choice)
        return sendChosen(topic, chosen, { disk, dataFolder, bus, now: clock.now(), stop })
      }),
  }
}

/** Waits until the span of a report is whole; false: the run stops. */
const waitUntilWhole =
  (parts: Controlled['parts'], clock: Clock, stop: AbortSignal) =>
  async (name: string, until: EventTime): Promise<boolean> => {
    for (;;) {
      const { upkeep, pipeline } = parts() ?? {}
      const waited = pipeline && (await upkeep?.whenWhole(named(name, pipeline.reports, 'report'), until))
      if (waited !== undefined) return waited
      // A reload is under way, or has ended the wait.
      if (!(await slept(clock, RELOAD_MS, stop))) return false
    }
  }

/** Throws a Failure where another process has the queries, and with them the reports and alerts. */
function refuseElsewhere(open: Parts | undefined): void {
  const elsewhere = open?.context.share?.elsewhere()
  if (elsewhere === undefined) return
  throw new Failure('in-use', `the queries of this pipeline, its reports and its alerts ${elsewhere}`, {
    hint: 'Ask there: the same command, with the data folder of that process.',
  })
}

function named<Part extends { readonly name: string }>(name: string, parts: readonly Part[], what: string): Part {
  const part = parts.find((one) => one.name === name)
  if (part !== undefined) return part
  throw new Failure('usage', `the pipeline that runs has no ${what} "${name}"`, {
    hint: 'If it is new in the file, reload the run first: tailrace reload',
  })
}

function parsed<Request>(form: z.ZodType<Request>, request: ControlRequest): Request {
  const { data, success } = form.safeParse(request)
  if (success) return data
  throw new Failure('usage', `this is not how ${request.command} is asked for`, {
    hint: 'The process that asks may be of another version of tailrace.',
  })
}
