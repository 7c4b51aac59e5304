/**
 * The promises of every source: it delivers whole lines in order and counts them in the place. Lines that were read before a
 * stop are delivered. A replayable source goes on from each of its places with no line twice and none missing.
 */
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { Disk } from '../../src/base/disk/disk.ts'
import type { Failure } from '../../src/base/failure.ts'
import type { Random } from '../../src/base/random.ts'
import type { Records } from '../../src/record/column.ts'
import { recordText } from '../../src/record/records.ts'
import { openTopicWriter } from '../../src/run/topic-writer.ts'
import type {
  Deliver,
  LineForm,
  Source,
  SourceContext,
  SourceJournal,
  SourcePlace,
  SourceType,
} from '../../src/source/source.ts'
import { type KeptTopic, keptTopic } from '../sim/kept-topic.ts'

export type SourceInput = {
  /** The value of `NAME: …` in a pipeline file. */
  readonly options: unknown
  /** The lines that the source must deliver in a run that ends with its input. */
  readonly expected: readonly string[]
  /** Where relative paths start from. */
  readonly folder?: string
  /** What makes records of the lines; by default, each is one. */
  readonly form?: LineForm
  /** Sends the lines to a source that cannot fetch them. `describe` is that of the source. */
  send?(describe: string): Promise<void>
}

const PARTITIONS = 3

export type Delivered = { readonly lines: readonly string[]; readonly place: SourcePlace }

export type SourceRun = {
  readonly place?: SourcePlace | undefined
  /** The place of each partition; by default there is one partition, at `place`. */
  readonly places?: readonly (SourcePlace | undefined)[]
  readonly folder?: string | undefined
  readonly untilEnd?: boolean
  readonly maxAppendBytes?: number
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly warnings?: string[]
  readonly form?: LineForm
  /** Takes what the source could not read. */
  readonly missed?: Failure[]
  readonly random?: Random
  /** Takes what the source says of its outside. */
  readonly unreachable?: (Failure | undefined)[]
  /** When lines are durable, for a source that asks; at once by default. */
  readonly durable?: Promise<void>
  /** Takes the lines too. */
  readonly take?: Deliver
  readonly disk?: Disk
  readonly journal?: SourceJournal | undefined
  /** Called in each delivery, before it is taken. */
  onDelivery?(delivered: Delivered, source: Source): void | Promise<void>
  started?(describe: string): void | Promise<void>
}

export const textsOf = (records: Records): string[] =>
  Array.from({ length: records.count }, (_, i) => recordText(records, i))

const throughJson = (place: SourcePlace | undefined): SourcePlace | undefined =>
  place === undefined ? undefined : (JSON.parse(JSON.stringify(place)) as SourcePlace)

/** The whole place of a source with several inputs, which gives only what has changed. */
function wholePlace(before: SourcePlace | undefined, given: SourcePlace): SourcePlace {
  if (!('parts' in given)) return given
  const parts = Object.entries({ ...(before?.parts as object), ...(given.parts as object) })
  return { ...given, parts: Object.fromEntries(parts.filter(([, part]) => part !== null)) }
}

/** Runs a source to its end, or until it is stopped. Gives all that it delivered. */
export async function runSource(
  type: SourceType,
  options: unknown,
  run: SourceRun = {},
): Promise<readonly Delivered[]> {
  const missed: Failure[] = []
  const context: SourceContext = {
    name: 'input',
    folder: run.folder ?? '/nowhere',
    clock: run.clock ?? systemClock,
    place: throughJson(run.place),
    places: (run.places ?? [run.place]).map(throughJson),
    untilEnd: run.untilEnd ?? true,
    ...(run.maxAppendBytes !== undefined && { maxAppendBytes: run.maxAppendBytes }),
    signal: run.signal ?? new AbortController().signal,
    ...(run.form !== undefined && { form: run.form }),
    ...(run.disk !== undefined && { disk: run.disk }),
    ...(run.journal !== undefined && { journal: run.journal }),
    warn: (message) => run.warnings?.push(message),
    missed: (failure) => (run.missed ?? missed).push(failure),
    ...(run.random !== undefined && { random: run.random }),
    unreachable: (failure) => run.unreachable?.push(failure),
  }
  await using source = await type.open(type.options.parse(options), context)
  const all: Delivered[] = []
  let before: SourcePlace | undefined
  const running = source.run(async (lines, given, of) => {
    const place = wholePlace(before, given)
    before = place
    if (lines.count === 0) {
      await run.take?.(lines, given, of)
      return
    }
    const delivered = { lines: textsOf(lines), place }
    all.push(delivered)
    of?.appended?.(run.durable ?? Promise.resolve())
    await run.take?.(lines, given, of)
    await run.onDelivery?.(delivered, source)
  })
  await Promise.all([running, run.started?.(source.describe)])
  if (context.untilEnd && missed.length > 0) throw missed[0]
  return all
}

/** All lines that were delivered. */
export const linesOf = (all: readonly Delivered[]): string[] => all.flatMap(({ lines }) => lines)

/** Tests a source. `start` makes an input; that of a replayable source must need at least three deliveries. */
export function sourceContract(type: SourceType, start: () => Promise<SourceInput>): void {
  const runWith = (input: SourceInput, run: SourceRun = {}) =>
    runSource(type, input.options, {
      folder: input.folder,
      ...(input.form !== undefined && { form: input.form }),
      started: (describe) => input.send?.(describe),
      ...run,
    })

  test(`${type.name}: every line is delivered once and in order, and the place counts the lines`, async () => {
    const input = await start()
    const all = await runWith(input)
    expect(linesOf(all)).toEqual(input.expected)
    let line = 0
    for (const { lines, place } of all) {
      line += lines.length
      expect(place).toMatchObject({ line })
      expect(JSON.parse(JSON.stringify(place))).toEqual(place)
    }
  })

  test(`${type.name}: it is not at rest while a delivery waits to be taken`, async () => {
    const input = await start()
    const resting: boolean[] = []
    await runWith(input, {
      async onDelivery(_, source) {
        await setImmediate()
        if (source.atRest !== undefined) resting.push(source.atRest())
      },
    })
    expect(resting).not.toContain(true)
  })

  test(`${type.name}: a stop ends the run, and the lines that were delivered by then are the first of all`, async () => {
    const input = await start()
    const stop = new AbortController()
    const all = await runWith(input, { signal: stop.signal, untilEnd: type.replayable, onDelivery: () => stop.abort() })
    const lines = linesOf(all)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines).toEqual(input.expected.slice(0, lines.length))
    expect(all.at(-1)?.place).toMatchObject({ line: lines.length })
  })

  if (!type.replayable) {
    test(`${type.name}: goes on counting where the last run stopped`, async () => {
      const input = await start()
      const all = await runWith(input, { place: { line: 1000 } })
      expect(all.at(-1)?.place).toMatchObject({ line: 1000 + input.expected.length })
    })
    return
  }

  // Promise resume-source: A source that can be read again goes on at the next line after any end: nothing twice, nothing
  // missing.
  test(`${type.name}: from each of its places it goes on with exactly the next lines`, async () => {
    const input = await start()
    const whole = await runWith(input)
    expect(whole.length).toBeGreaterThanOrEqual(3)
    for (const { place } of whole) {
      const after = linesOf(await runWith(input, { place }))
      expect(after).toEqual(input.expected.slice(place.line as number))
    }
  })

  test(`${type.name}: stopped again and again, it delivers the lines of one run`, async () => {
    const input = await start()
    let place: SourcePlace | undefined
    const lines: string[] = []
    for (let stops = 0; lines.length < input.expected.length && stops <= input.expected.length; stops++) {
      const stop = new AbortController()
      const part = await runWith(input, { place, signal: stop.signal, onDelivery: () => stop.abort() })
      lines.push(...linesOf(part))
      place = part.at(-1)?.place ?? place
    }
    expect(lines).toEqual(input.expected)
  })

  // Promise partition-of-a-line: Line n of a source goes to partition n modulo the number of partitions, however the bytes
  // came.
  test(`${type.name}: killed again and again with some partitions behind, each has the lines of one run`, async () => {
    const input = await start()
    const run = async (topic: KeptTopic, stopAfter: number) => {
      const writer = await openTopicWriter(topic, systemClock)
      const resumed = writer.resume('input', true)
      const stop = new AbortController()
      let left = stopAfter
      const deliver = writer.deliver('input')
      await runWith(input, {
        ...resumed,
        signal: stop.signal,
        async take(lines, place, of) {
          await deliver(lines, place, of)
          if (lines.count > 0 && --left === 0) stop.abort()
        },
      })
      return left > 0
    }
    const whole = keptTopic(PARTITIONS)
    await run(whole, Number.POSITIVE_INFINITY)
    whole.keep()
    const killed = keptTopic(PARTITIONS)
    const shares = [0, 0.5, 1]
    for (let kills = 0; !(await run(killed, 1 + (kills % 3))); kills++) {
      expect(kills).toBeLessThan(1000)
      killed.crash((partition) => shares[(partition + kills) % 3] as number)
    }
    killed.keep()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(killed.lines(partition)).toEqual(whole.lines(partition))
    }
  })
}
