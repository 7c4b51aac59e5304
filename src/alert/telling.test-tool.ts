/** A notifier with a receiver that keeps what it hears, and rows of an alert for it. */
import * as z from 'zod'
import { type TestClock, testClock } from '../../test/sim/running.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import { batchOf } from '../record/batch.test-tool.ts'
import { recordsOf } from '../record/records.ts'
import { type Field, INT, STRING } from '../record/type.ts'
import type { Delivery, Lasting, SinkContext } from '../sink/sink.ts'
import { alertFields } from '../sql/plan/alert.ts'
import { SharedOutput } from '../terminal/output.ts'
import type { Notification, NotifierType } from './notifier.ts'
import { openSilences, type Silences } from './silences.ts'
import { openTelling, type Telling, type TellingSink } from './telling.ts'

const FIELDS: readonly Field[] = alertFields([
  { name: 'country', type: STRING },
  { name: 'n', type: INT },
])
export const HOUR: Duration = 3_600_000
export const START: number = Date.UTC(2026, 0, 1)

export type Row = {
  readonly id: string
  readonly state: 'firing' | 'reminder' | 'resolved'
  readonly country: string
  readonly at: number
  /** When it was found. */
  readonly found: number
}

export const row = (state: Row['state'], country: string, about: Partial<Row> = {}): Row => {
  const { at = START, found = at, id = country } = about
  return { id, state, country, at, found }
}

export function deliveryOf(rows: readonly Row[], baseOffset: number): Delivery {
  const cells = rows.map(({ id, state, country, at }) => {
    return ['high', state, 'critical', id, at, at, `${country} fails`, country, 1]
  })
  const values = recordsOf(rows.map(() => 'x'))
  const timestamps = Float64Array.from(rows, ({ found }) => found)
  const kept = { baseOffset, values, keys: undefined, timestamps }
  return { partition: 0, baseOffset, records: values, rows: batchOf(FIELDS, cells), kept }
}

type Setting = {
  readonly scratch: string
  readonly clock?: TestClock
  readonly maxAgeMs?: number
  readonly lasting?: () => Lasting | undefined
  /** What happens at each attempt: it is told, it fails before or after that, or the process ends after it. */
  readonly fate?: (attempt: number) => 'told' | 'fails' | 'fails after' | 'killed'
}

export type Receiver = {
  readonly got: readonly Notification[]
  readonly said: readonly string[]
  readonly silences: Silences
  readonly clock: TestClock
  open(): Promise<TellingSink>
}

export class Killed extends Error {}

/** A clock on which short pauses take no time. */
export function impatient(): TestClock {
  const clock = testClock(START)
  return { ...clock, sleep: (ms, signal) => (ms < 1000 ? Promise.resolve() : clock.sleep(ms, signal)) }
}

/** A receiver that keeps what it was told, and a notifier that tells it. */
export function receiver({
  scratch,
  clock = testClock(START),
  maxAgeMs = HOUR,
  lasting,
  fate = () => 'told',
}: Setting): Receiver {
  const got: Notification[] = []
  const said: string[] = []
  let attempts = 0
  const notifier: NotifierType = {
    name: 'test',
    summary: '',
    options: z.unknown(),
    open: async () => ({
      async tell(notification) {
        const how = fate(attempts++)
        if (how === 'fails') throw new Failure('io', 'nobody listens', { retryable: true })
        got.push(structuredClone(notification))
        if (how === 'fails after') throw new Failure('io', 'the answer was lost', { retryable: true })
        if (how === 'killed') throw new Killed()
      },
      async close() {},
    }),
  }
  const silences = openSilences(nodeDisk, scratch, clock)
  const telling: Telling = {
    alert: 'high',
    severity: 'critical',
    notifier,
    label: 'test',
    maxAgeMs,
    key: [{ name: 'country', column: 7 }],
  }
  const context: SinkContext = {
    pipeline: 'p',
    from: 'high',
    topic: 'p.alert.high',
    partitions: 1,
    fields: FIELDS,
    rowKey: undefined,
    rowKeyParts: undefined,
    timezone: 'UTC',
    name: 'alert:high:test',
    folder: scratch,
    rowtime: 5,
    clock,
    disk: nodeDisk,
    data: { path: scratch, id: 'x' } as unknown as SinkContext['data'],
    scratch,
    state: undefined,
    remember: async () => {},
    output: new SharedOutput(process.stdout),
    silenced: silences,
    ...(lasting && { lasting }),
    warn: (message) => void said.push(message),
  }
  return { got, said, silences, clock, open: () => openTelling(telling, {}, context) }
}

/** `firing DE,FR` for each notification. */
export const shown = (got: readonly Notification[]): readonly string[] =>
  got.map(({ state, keys }) => `${state} ${keys.map(({ id }) => id).join()}`)

/** Lets the notifier look whether there is something to tell now. */
export async function look(clock: TestClock, isDone: () => boolean): Promise<void> {
  clock.advance(10_000)
  for (let turn = 0; turn < 1000 && !isDone(); turn++) await new Promise(setImmediate)
}
