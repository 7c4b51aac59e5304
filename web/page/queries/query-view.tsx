/** One query: its SQL, its rows as a chart and as a table while they come, how it stands, and the records behind a row. */
import type { VNode } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { QueryDescription } from '../../../src/server/api/queries.ts'
import type { OpenRowsEvent, ResultRow, ResultRows, RowsEvent, RowValues } from '../../../src/server/api/rows.ts'
import type { LinkState } from '../../api/events.ts'
import { useEvents } from '../../api/events.ts'
import { usePipeline } from '../../api/pipeline.ts'
import { useStore } from '../../api/store.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { to } from '../../app/route.ts'
import { Chart } from '../../chart/chart.tsx'
import { ChartControls } from '../../chart/chart-controls.tsx'
import { type ChartWish, choose } from '../../chart/choose.ts'
import type { ChartColumn } from '../../chart/columns.ts'
import { Badge } from '../../part/badge.tsx'
import { CodeBlock } from '../../part/code-block.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { plural } from '../../part/format.ts'
import { useFrameLater } from '../../part/frame-later.ts'
import { Page, Panel } from '../../part/page.tsx'
import { SqlText } from '../../part/sql/sql-text.tsx'
import { createLiveRows, type LiveRows, type LiveView } from './live-rows.ts'
import { QueryFacts } from './query-facts.tsx'
import { RecordsPanel } from './records-panel.tsx'
import { RowsPanel } from './rows-panel.tsx'

/** Rows that the chart begins with. */
const FIRST_ROWS = 1000

const whole = (view: LiveView): LiveView => view

export function QueryView({ query }: { readonly query: QueryDescription }): VNode {
  const [chosen, choose] = useState<ResultRow | undefined>()
  const live = useMemo(() => createLiveRows(query.rowKey), [query])
  useEffect(() => () => live.close(), [live])
  const { link, error, reload } = useLiveRows(query.name, live)
  const view = useStore(live.view, whole)
  const drawn = useFrameLater(view)
  const chart = useMemo(() => <RowsChart query={query} view={drawn} />, [query, drawn])
  return (
    <Page
      title={query.name}
      above={<a href={to('queries')}>Queries</a>}
      aside={<LiveBadge link={link} view={view} />}
      actions={
        <button
          type="button"
          class="button"
          aria-pressed={view.isPaused}
          onClick={() => live.pause(!live.view.get().isPaused)}
        >
          {view.isPaused ? 'Go on' : 'Pause'}
        </button>
      }
    >
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      {chart}
      <RowsPanel query={query} view={view} chosen={chosen} onChoose={choose} />
      <QueryFacts query={query} />
      <Statement query={query} />
      {chosen === undefined ? null : <RecordsPanel query={query} row={chosen} onClose={() => choose(undefined)} />}
    </Page>
  )
}

/** Fills `live` with the newest rows, and then with those that come. */
function useLiveRows(name: string, live: LiveRows) {
  const rows = `/api/v1/queries/${encodeURIComponent(name)}/rows`
  const [link, setLink] = useState<LinkState>({ kind: 'connecting' })
  const first = useAnswer<ResultRows>(`${rows}?limit=${FIRST_ROWS}`)
  const [from, setFrom] = useState<string | undefined>()
  useEffect(() => {
    if (first.value === undefined || from !== undefined) return
    live.begin(first.value)
    setFrom(first.value.newer)
  }, [first.value, from, live])
  useEvents(from === undefined ? null : `${rows}/events?skip=true&after=${encodeURIComponent(from)}`, {
    onEvent({ event, data }) {
      if (event === 'rows') live.came(JSON.parse(data) as RowsEvent)
      else if (event === 'open') live.opened(JSON.parse(data) as OpenRowsEvent)
    },
    onState: setLink,
  })
  return { link, error: from === undefined ? first.error : undefined, reload: first.reload }
}

function LiveBadge({ link, view }: { readonly link: LinkState; readonly view: LiveView }): VNode {
  const { isPaused, unseen, skipped } = view
  const passed = skipped === 0 ? null : <span>{plural(skipped, 'row')} came faster than they can be shown</span>
  if (isPaused) return <Badge tone="off">paused{unseen === 0 ? '' : `, ${plural(unseen, 'new row')}`}</Badge>
  if (link.kind === 'open') {
    return (
      <>
        <Badge tone="good">live</Badge>
        {passed}
      </>
    )
  }
  if (link.kind === 'connecting') return <Badge tone="busy">connecting</Badge>
  return (
    <Badge tone="bad" title={link.text}>
      not live: {link.text}
    </Badge>
  )
}

type Viewed = { readonly query: QueryDescription; readonly view: LiveView }

function RowsChart({ query, view }: Viewed): VNode | null {
  const [wish, setWish] = useState<ChartWish>({})
  const timezone = usePipeline().graph?.timezone
  const columns = useMemo(() => chartColumns(query), [query])
  const rows = useMemo(
    () => view.rows.flatMap(({ row }): readonly RowValues[] => (row === null ? [] : [row])),
    [view.rows],
  )
  const choice = useMemo(
    () => choose(columns, rows.length > 0 ? rows : view.open.rows, wish),
    [columns, rows, view, wish],
  )
  const controls = <ChartControls columns={columns} choice={choice} wish={wish} onWish={setWish} />
  return (
    <Panel title="Chart" actions={controls}>
      {choice.kind === 'none' ? (
        <p class="queries-note">The table below has all there is: no column is a number to draw.</p>
      ) : (
        <Chart columns={columns} rows={rows} provisional={view.open.rows} choice={choice} timezone={timezone} />
      )}
    </Panel>
  )
}

const chartColumns = ({ columns, rowKey }: QueryDescription): readonly ChartColumn[] =>
  columns.map(({ name, type, window, isKey }) => ({
    name,
    type,
    window: window ?? undefined,
    isKey: rowKey === null ? undefined : isKey,
  }))

function Statement({ query: { sql, shortForm, views } }: Pick<Viewed, 'query'>): VNode {
  return (
    <Panel title="SQL">
      {shortForm === null ? null : (
        <>
          <p class="queries-note">In the pipeline file:</p>
          <CodeBlock text={shortForm} label="The short form" />
          <p class="queries-note">It stands for:</p>
        </>
      )}
      <CodeBlock text={sql} label="The statement">
        <SqlText sql={sql} />
      </CodeBlock>
      {views.map((view) => (
        <>
          <p class="queries-note">View {view.name}:</p>
          <CodeBlock text={view.sql} label={`View ${view.name}`}>
            <SqlText sql={view.sql} />
          </CodeBlock>
        </>
      ))}
    </Panel>
  )
}
