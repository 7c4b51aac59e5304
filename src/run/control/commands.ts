/**
 * What other processes may ask the one that runs a pipeline, besides `reload`, which the command `run` answers:
 *
 *   status                                   how each part stands
 *   report    name, since, until             runs a report and puts its rows into its topic
 *   backfill  query, since, until            repairs the rows of a query, without its newest window
 *   send-again  topic, letters, kind, reason   sends the records of dead letters again; `letters` is the topic that has them
 *
 * A span is in ms since 1970. Work that appends is done in turns with reloads. A stop ends a backfill and a send-again between
 * two reads or appends, and waits for a report. What only they need is loaded when they are asked for.
 */
import * as z from 'zod'
import type { Clock } from '../../base/clock.ts'
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import type { Turns } from '../../base/turns.ts'
import type { Backfilled } from '../../history/backfill.ts'
import { incomparable } from '../../history/incomparable.ts'
import type { PutRows } from '../../history/report-topic.ts'
import type { SentChosen } from '../../history/send-chosen.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { topicOf } from '../../runner/open-topics.ts'
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
const reportRequest = z.object({ name: z.string(), ...span })
const sendAgainRequest = z.object({
  topic: z.string(),
  letters: z.string(),
  kind: z.string().optional(),
  reason: z.string().optional(),
})
const backfillRequest = z.object({ query: z.string(), ...span })

/** The commands of a run. Each rejects with a Failure where the request or its work is refused. */
export function controlCommands({ status, parts, turns, clock, stop }: Controlled): ControlCommands {
  const inTurn = <Done>(work: (parts: Parts, pipeline: CheckedPipeline) => Promise<Done> | undefined): Promise<Done> =>
    turns.next(async () => {
      const open = parts()
      const done = open?.pipeline && (await work(open, open.pipeline))
      if (done === undefined) throw new Failure('in-use', 'the pipeline is still starting: ask again')
      return done
    })
  return {
    status,
    report: (request) =>
      inTurn<PutRows>(({ upkeep }, pipeline) => {
        const { name, since, until } = parsed(reportRequest, request)
        return upkeep.runReport(named(name, pipeline.reports, 'report'), { since, until })
      }),
    backfill: (request) =>
      inTurn<Backfilled>(async (open, pipeline) => {
        const asked = parsed(backfillRequest, request)
        const query = named(asked.query, pipeline.queries, 'query')
        const reason = incomparable(query)
        if (reason !== undefined) throw new Failure('usage', reason)
        const topics = new Map([...query.reads, query.name].map((name) => [name, topicOf(open.topics, name)]))
        const { since, until } = asked
        await open.checkpoints.take()
        const offsets = entryOf(open.checkpoints.last().queries, query.name)?.offsets
        const reads = query.reads.map((name) => {
          const { topic, letters } = topicOf(open.topics, name)
          return { partitions: topic.partitions, letters, offsets: entryOf(offsets, name) ?? {} }
        })
        const { repairRows } = await import('../../history/backfill.ts')
        return repairRows({ pipeline, query, span: { since, until }, topics, reads, isRunning: true, stop }, clock)
      }),
    'send-again': (request) =>
      inTurn<SentChosen>(async ({ context: { bus, disk, dataFolder } }) => {
        const { topic, letters, ...choice } = parsed(sendAgainRequest, request)
        const { chosenLetters, sendChosen } = await import('../../history/send-chosen.ts')
        const chosen = chosenLetters(await bus.reader(letters), choice)
        return sendChosen(topic, chosen, { disk, dataFolder, bus, now: clock.now(), stop })
      }),
  }
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
