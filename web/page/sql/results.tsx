/** What the statement gave: rows as a table and as a chart, those of open windows marked as provisional, and how much was read. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { useStore } from '../../api/store.ts'
import { Chart } from '../../chart/chart.tsx'
import { ChartControls } from '../../chart/chart-controls.tsx'
import { type ChartWish, choose } from '../../chart/choose.ts'
import type { ChartColumn } from '../../chart/columns.ts'
import { Badge } from '../../part/badge.tsx'
import { saveText } from '../../part/download-link.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { useOrder } from '../../rows/order.ts'
import { RowsTable } from '../../rows/rows-table.tsx'
import { savedCsv } from '../../rows/saved.ts'
import { type Outcome, outcome } from './statement-run.ts'

const STATES = { running: 'busy', done: 'good', stopped: 'off', failed: 'bad' } as const

export function Results({ timezone }: { readonly timezone: string }): VNode {
  const run = useStore(outcome, (value) => value)
  if (run === undefined) {
    return (
      <Panel title="Rows">
        <EmptyState title="No statement was run yet">
          Over history, a statement reads what the topics keep. Live, it shows what comes in, and writes nothing.
        </EmptyState>
      </Panel>
    )
  }
  return <Rows run={run} timezone={timezone} />
}

function Rows({ run, timezone }: { readonly run: Outcome; readonly timezone: string }): VNode {
  const { state, result, rows, open, error } = run
  const [wish, setWish] = useState<ChartWish>({})
  const columns = useMemo(() => chartColumns(run), [result])
  const shown = rows.length > 0 ? rows : open
  const choice = useMemo(() => choose(columns, shown, wish), [columns, shown, wish])
  const ordered = useOrder(columns, rows)
  const orderedOpen = useOrder(columns, open)
  return (
    <>
      <Panel
        title="Rows"
        aside={
          <>
            <Badge tone={STATES[state]}>{state}</Badge>
            <span aria-live="polite">{wordsOf(run)}</span>
          </>
        }
        actions={<SaveButton columns={columns} rows={ordered.rows} />}
        isFlush
      >
        {error === undefined ? null : (
          <div class="sql-failure">
            <ErrorNote error={error} />
          </div>
        )}
        {open.length === 0 ? null : (
          <section class="sql-open" aria-label="Open windows">
            <p>
              <Badge tone="busy">provisional</Badge> windows that are still open, as they are so far
            </p>
            <RowsTable label="Rows of open windows" columns={columns} {...orderedOpen} />
          </section>
        )}
        {rows.length === 0 && (open.length > 0 || error !== undefined) ? null : (
          <RowsTable label="Rows of the statement" columns={columns} {...ordered} />
        )}
      </Panel>
      {choice.kind === 'none' && Object.keys(wish).length === 0 ? null : (
        <Panel title="Chart" actions={<ChartControls columns={columns} choice={choice} wish={wish} onWish={setWish} />}>
          <Chart columns={columns} rows={rows} provisional={open} choice={choice} timezone={timezone} />
        </Panel>
      )}
    </>
  )
}

function chartColumns({ result }: Outcome): readonly ChartColumn[] {
  const key = result?.rowKey
  return (result?.columns ?? []).map(({ name, type }) => ({
    name,
    type,
    window: /^window_(start|end|time)$/.exec(name)?.[1] as ChartColumn['window'],
    isKey: key === null || key === undefined ? undefined : key.includes(name),
  }))
}

function wordsOf({ mode, rows, dropped, progress, counts, end }: Outcome): string {
  const left = dropped > 0 ? `, the last of ${formatCount(rows.length + dropped)}` : ''
  const shown = `${formatCount(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}${left}`
  if (mode === 'live') {
    const { records = 0, late = 0, undecodable = 0, failed = 0 } = counts ?? {}
    const lost = late + undecodable + failed
    return `${shown} of ${formatCount(records)} records${lost === 0 ? '' : `, ${formatCount(lost)} not used`}`
  }
  if (end === undefined) {
    return progress === undefined
      ? shown
      : `${shown}, ${formatCount(progress.records)} of ${formatCount(progress.of)} records read`
  }
  const lost = end.undecodable + end.failed
  const notUsed = lost === 0 ? '' : `, ${formatCount(lost)} not used`
  return `${shown} of ${formatCount(end.records)} records${notUsed}${end.isCut ? '; there are more' : ''}`
}

type Saving = { readonly columns: readonly ChartColumn[]; readonly rows: Outcome['rows'] }

const SaveButton = ({ columns, rows }: Saving): VNode => (
  <button
    type="button"
    class="button"
    disabled={rows.length === 0}
    onClick={() => saveText(savedCsv(columns, rows), 'rows.csv', 'text/csv')}
  >
    Save as CSV
  </button>
)
