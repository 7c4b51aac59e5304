/** The run that is open: how far it is, and its rows as a chart and a table, with downloads. */
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ReportRowsPart, ReportRunView, ReportView } from '../../../src/server/api/reports.ts'
import { remove } from '../../api/client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { Chart } from '../../chart/chart.tsx'
import { ChartControls } from '../../chart/chart-controls.tsx'
import { type ChartWish, choose } from '../../chart/choose.ts'
import { DownloadLink } from '../../part/download-link.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Pager } from '../../part/pager.tsx'
import { Table } from '../../part/table.tsx'
import { rowColumn } from '../../rows/rows-table.tsx'
import { outcomeText, RunState, spanText } from './words.tsx'

type Props = {
  readonly report: ReportView
  /** Of the run. */
  readonly path: string
}

const LOOK_MS = 1000
const PART_ROWS = 1000

export function OpenRun({ report, path }: Props): VNode {
  const [hasEnded, setEnded] = useState(false)
  // A run whose rows are only shown goes on while somebody asks.
  const { value, error, reload } = useAnswer<ReportRunView>(path, hasEnded ? undefined : LOOK_MS)
  const isOver = value !== undefined && value.endedAt !== null
  useEffect(() => setEnded(isOver), [isOver])
  const [failure, setFailure] = useState<unknown>()
  const heading = useRef<HTMLDivElement>(null)
  const isThere = value !== undefined
  useEffect(() => {
    if (isThere) heading.current?.scrollIntoView({ block: 'nearest' })
  }, [isThere])
  const cancel = (): void => void remove(path).then(reload, setFailure)
  if (value === undefined) {
    return error === undefined ? <EmptyState title="Loading…" /> : <ErrorNote error={error} onRetry={reload} />
  }
  const canCancel = value.state === 'working' && !value.isDelivered
  return (
    <div ref={heading}>
      <Panel
        title={`Rows of ${spanText(value)}`}
        aside={
          <span role="status" class="report-last">
            <RunState state={value.state} /> {outcomeText(value)}
          </span>
        }
        actions={
          canCancel ? (
            <button type="button" class="button" onClick={cancel}>
              Cancel
            </button>
          ) : value.state === 'done' ? (
            <>
              <DownloadLink href={`${path}/rows.csv`} name={`${report.name}.csv`}>
                CSV
              </DownloadLink>
              <DownloadLink href={`${path}/rows.json`} name={`${report.name}.json`}>
                JSON
              </DownloadLink>
            </>
          ) : undefined
        }
      >
        {failure === undefined ? null : <ErrorNote error={failure} />}
        {value.state === 'working' && value.ofRecords !== null ? (
          <progress
            class="report-progress"
            value={value.records ?? 0}
            max={Math.max(1, value.ofRecords)}
            aria-label="Records read"
          />
        ) : null}
        {value.state === 'done' ? <Rows report={report} path={path} /> : null}
      </Panel>
    </div>
  )
}

const SPAN_COLUMNS = new Set(['span_start', 'span_end'])

function Rows({ report, path }: Props): VNode {
  const [places, setPlaces] = useState<readonly string[]>([])
  const [wish, setWish] = useState<ChartWish>({})
  const place = places.at(-1)
  const after = place === undefined ? '' : `&after=${place}`
  const { value, error, reload } = useAnswer<ReportRowsPart>(`${path}/rows?limit=${PART_ROWS}${after}`)
  // All rows have the same span.
  const columns = useMemo(() => report.columns.filter(({ name }) => !SPAN_COLUMNS.has(name)), [report.columns.length])
  const rows = value?.items ?? NO_ROWS
  const choice = useMemo(() => choose(columns, rows, wish), [columns, rows, wish])
  if (value === undefined) {
    return error === undefined ? <EmptyState title="Loading…" /> : <ErrorNote error={error} onRetry={reload} />
  }
  if (value.rows === 0) return <EmptyState title="The report has no rows for this span." />
  const next = value.next ?? undefined
  const first = places.length * PART_ROWS
  return (
    <div class="report-rows">
      {choice.kind === 'none' ? null : (
        <>
          <ChartControls columns={columns} choice={choice} wish={wish} onWish={setWish} />
          <Chart columns={columns} rows={rows} choice={choice} timezone={report.timezone} />
        </>
      )}
      {value.isCut ? (
        <p class="hint">
          These are the first {formatCount(value.rows)} rows. All: <code>tailrace report {report.name} -o csv</code>
        </p>
      ) : null}
      <Table label="Rows" rows={rows} keyOf={(_, place) => String(place)} columns={columns.map(rowColumn)} />
      {places.length === 0 && next === undefined ? null : (
        <Pager
          label="rows"
          beforeTitle="Before"
          nextTitle="Next"
          onBefore={places.length === 0 ? undefined : () => setPlaces(places.slice(0, -1))}
          onNext={next === undefined ? undefined : () => setPlaces([...places, next])}
        >
          {formatCount(first + 1)}–{formatCount(first + rows.length)} of {formatCount(value.rows)}
        </Pager>
      )}
    </div>
  )
}

const NO_ROWS: ReportRowsPart['items'] = []
