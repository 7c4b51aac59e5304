/**
 * The statement that runs: its rows as they come, in a bounded amount of memory.
 */
import type { HistoryOutcome, StatementColumns, StatementMode, StreamCounts } from '../../../src/server/api/sql.ts'
import { answerOf, wordsOf } from '../../api/client.ts'
import { openEventReader, type ServerEvent } from '../../api/event-reader.ts'
import { createStore, type Store } from '../../api/store.ts'
import { type KeptRows, keepRows, MOST_ROWS, type Row } from './kept-rows.ts'

export type Outcome = {
  readonly mode: StatementMode
  readonly state: 'running' | 'done' | 'stopped' | 'failed'
  readonly result: StatementColumns | undefined
  /** Over history in the order of the answer; live, the newest first. */
  readonly rows: readonly Row[]
  /** Of windows that are still open. */
  readonly open: readonly Row[]
  /** Rows that are no more among `rows`, as there were too many. */
  readonly dropped: number
  readonly progress: { readonly records: number; readonly of: number } | undefined
  readonly end: HistoryOutcome | undefined
  readonly counts: StreamCounts | undefined
  readonly error: string | undefined
}

export type Asked = {
  readonly sql: string
  readonly mode: StatementMode
  /** Of history: event times, as the server reads them; empty is without a bound. */
  readonly since: string
  readonly until: string
  /** Live: where to begin. */
  readonly from: 'latest' | 'earliest'
}

/** The last statement that was run; it stays when another page is opened. */
export const outcome: Store<Outcome | undefined> = createStore<Outcome | undefined>(undefined)

const CUT_OFF = 'The pipeline has stopped, or does not answer any more. The rows are those that came before.'

let running: AbortController | undefined

/** Ends what runs. Its rows stay. */
export function stopStatement(): void {
  running?.abort()
  running = undefined
  const before = outcome.get()
  if (before?.state === 'running') outcome.set({ ...before, state: 'stopped', open: [] })
}

/** Runs a statement in place of the one before. */
export function runStatement(asked: Asked): void {
  stopStatement()
  const own = new AbortController()
  running = own
  const begun: Outcome = {
    mode: asked.mode,
    state: 'running',
    result: undefined,
    rows: [],
    open: [],
    dropped: 0,
    progress: undefined,
    end: undefined,
    counts: undefined,
    error: undefined,
  }
  outcome.set(begun)
  const rows = keepRows()
  const update = (change: Partial<Outcome>): void => {
    if (running === own) outcome.set({ ...(outcome.get() ?? begun), ...change })
  }
  follow(asked, own.signal, (event) => update(changeOf(event, asked.mode, rows)))
    .then(() => {
      // A statement over history says its end, and a live one has none.
      if ((outcome.get() ?? begun).state === 'running') update({ state: 'failed', error: CUT_OFF, open: [] })
    })
    .catch((error: unknown) => {
      if (!own.signal.aborted) update({ state: 'failed', error: wordsOf(error), open: [] })
    })
}

async function follow(
  { sql, mode, since, until, from }: Asked,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const span = { ...(since !== '' && { since }), ...(until !== '' && { until }) }
  const body = mode === 'live' ? { sql, from } : { sql, limit: MOST_ROWS, ...span }
  const { body: stream } = await answerOf(`/api/v1/sql/${mode === 'live' ? 'live' : 'run'}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal,
  })
  const events = openEventReader()
  const texts = stream?.pipeThrough(new TextDecoderStream()).getReader()
  for (let read = await texts?.read(); read?.done === false; read = await texts?.read()) {
    for (const event of events.read(read.value)) onEvent(event)
  }
}

type Keyed = { readonly key: Row | null; readonly row: Row | null }

function changeOf({ event, data }: ServerEvent, mode: StatementMode, rows: KeptRows): Partial<Outcome> {
  // What the server sends is held to these types by its own tests.
  const value = JSON.parse(data)
  switch (event) {
    case 'columns':
      rows.begin(value as StatementColumns)
      return { result: value }
    case 'rows':
      if (mode === 'live') for (const { key, row } of value as readonly Keyed[]) rows.take(key, row)
      else for (const row of value as readonly Row[]) rows.take(null, row)
      return mode === 'live'
        ? { rows: rows.newestFirst(), open: rows.stillOpen(), dropped: rows.dropped() }
        : { rows: rows.all(), dropped: rows.dropped() }
    case 'open':
      return { open: rows.opened(value) }
    case 'progress':
      return { progress: value }
    case 'counts':
      return { counts: value }
    case 'end':
      return { end: value, state: 'done' }
    case 'failure':
      return { error: (value as { readonly error: string }).error, state: 'failed' }
    default:
      return {}
  }
}
