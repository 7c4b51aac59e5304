/** The page: what it is about, then a chart and a table for each result, the alerts and the dead letters. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { PageCell, PageData, PageResult } from '../../src/page/page-data.ts'
import { ThemeSwitch } from '../app/theme-switch.tsx'
import { Chart } from '../chart/chart.tsx'
import { ChartControls } from '../chart/chart-controls.tsx'
import { type ChartWish, choose } from '../chart/choose.ts'
import { type ChartRow, isInstant, timeColumn, timeOf } from '../chart/columns.ts'
import { clockIn } from '../chart/time/clock.ts'
import { formatCount, plural } from '../part/format.ts'
import { Panel } from '../part/page.tsx'
import { ResultTable } from './result-table.tsx'

export function ResultsPage({ data }: { readonly data: PageData }): VNode {
  const { title, results, alerts = [], dead = [] } = data
  return (
    <div class="report">
      <header>
        <div class="report-head">
          <h1>{title}</h1>
          <ThemeSwitch />
        </div>
        <Facts data={data} />
      </header>
      {results.length > 1 ? <Contents data={data} /> : null}
      <main>
        {results.map((result, index) => (
          <Result
            key={result.name}
            result={result}
            id={`result-${index}`}
            timezone={data.timezone}
            isOnly={results.length === 1}
          />
        ))}
        {alerts.length === 0 ? null : <Alerts alerts={alerts} />}
        {dead.length === 0 ? null : <DeadLetters dead={dead} />}
      </main>
      <footer class="report-foot">
        Made by tailrace {data.version}. Nothing in this page is loaded from anywhere.
      </footer>
    </div>
  )
}

function Facts({ data: { facts, madeAt, command, timezone } }: { readonly data: PageData }): VNode {
  return (
    <dl class="report-facts">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
      <div>
        <dt>made</dt>
        <dd>
          <time dateTime={madeAt}>
            {clockIn(timezone).full(Math.floor(Date.parse(madeAt) / 1000) * 1000)} {timezone}
          </time>
        </dd>
      </div>
      <div class="report-command">
        <dt>by</dt>
        <dd>
          <code>{command}</code>
        </dd>
      </div>
    </dl>
  )
}

function Contents({ data: { results, alerts = [], dead = [] } }: { readonly data: PageData }): VNode {
  return (
    <nav class="report-contents" aria-label="Contents">
      <ul>
        {results.map(({ name, total }, index) => (
          <li key={name}>
            <a href={`#result-${index}`}>{name}</a> <span class="muted">{formatCount(total)}</span>
          </li>
        ))}
        {alerts.length === 0 ? null : (
          <li>
            <a href="#alerts">Alerts</a>
          </li>
        )}
        {dead.length === 0 ? null : (
          <li>
            <a href="#dead">Dead letters</a>
          </li>
        )}
      </ul>
    </nav>
  )
}

type ResultProps = {
  readonly result: PageResult
  readonly id: string
  readonly timezone: string
  readonly isOnly: boolean
}

function Result({ result, id, timezone, isOnly }: ResultProps): VNode {
  const { name, kind, sql, columns, note } = result
  const [wish, setWish] = useState<ChartWish>({})
  const rows = useMemo(() => rowsOf(result), [result])
  const choice = useMemo(() => choose(columns, rows, wish), [columns, rows, wish])
  const span = useMemo(() => spanOf(result, rows, timezone), [result, rows, timezone])
  return (
    <div class="report-result" id={id}>
      <Panel title={name} aside={[kind, span, rowsText(result)].filter(Boolean).join(' · ')}>
        <details class="report-sql" open={isOnly}>
          <summary>SQL</summary>
          <pre>{sql.trim()}</pre>
        </details>
        {note === undefined ? null : <p class="report-note">{note}</p>}
        {rows.length === 0 ? null : (
          <>
            <ChartControls columns={columns} choice={choice} wish={wish} onWish={setWish} />
            <Chart columns={columns} rows={rows} choice={choice} timezone={timezone} />
          </>
        )}
        <ResultTable name={name} columns={columns} rows={rows} cut={cutText(result)} />
      </Panel>
    </div>
  )
}

/** Rows by the names of their columns. */
const rowsOf = ({ columns, rows }: Pick<PageResult, 'columns' | 'rows'>): readonly ChartRow[] =>
  rows.map((cells) => Object.fromEntries(columns.map(({ name }, index) => [name, cells[index]])))

/** How many rows there are: the span beside it is that of those in the page. */
const rowsText = ({ rows, total, kept }: PageResult): string =>
  rows.length === total ? plural(total, 'row') : `the ${kept} ${formatCount(rows.length)} of ${plural(total, 'row')}`

function cutText({ rows, total, kept }: PageResult): string | undefined {
  if (rows.length === total) return undefined
  return `The ${kept} ${formatCount(rows.length)} of ${formatCount(total)} rows are in this page.`
}

/** From the first time to the last. */
function spanOf({ columns }: PageResult, rows: readonly ChartRow[], timezone: string): string | undefined {
  const time = timeColumn(columns)
  if (time === undefined) return undefined
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    const at = timeOf(row[time.name])
    if (at === undefined) continue
    first = Math.min(first, at)
    last = Math.max(last, at)
  }
  const clock = clockIn(isInstant(time.type) ? timezone : 'UTC')
  return first > last ? undefined : first === last ? clock.full(first) : `${clock.full(first)} to ${clock.full(last)}`
}

const plainColumns = (...names: readonly (readonly [string, string])[]) => names.map(([name, type]) => ({ name, type }))
const ALERT_COLUMNS = plainColumns(
  ['alert', 'STRING'],
  ['severity', 'STRING'],
  ['state', 'STRING'],
  ['since', 'TIMESTAMP(3)'],
  ['key', 'STRING'],
  ['row', 'STRING'],
)
const DEAD_COLUMNS = plainColumns(
  ['topic', 'STRING'],
  ['kind', 'STRING'],
  ['count', 'BIGINT'],
  ['reason', 'STRING'],
  ['example', 'STRING'],
)

function Alerts({ alerts }: { readonly alerts: NonNullable<PageData['alerts']> }): VNode {
  const rows = alerts.flatMap(({ name, severity, keys }): readonly (readonly PageCell[])[] =>
    keys.length === 0
      ? [[name, severity, 'quiet', null, null, null]]
      : keys.map(({ key, state, since, row }) => [name, severity, state, since, key, row]),
  )
  const firing = alerts.reduce((sum, alert) => sum + alert.firing, 0)
  return (
    <div class="report-result" id="alerts">
      <Panel title="Alerts" aside={`${formatCount(firing)} firing`}>
        <ResultTable
          name="alerts"
          columns={ALERT_COLUMNS}
          rows={rowsOf({ columns: ALERT_COLUMNS, rows })}
          cut={undefined}
        />
      </Panel>
    </div>
  )
}

function DeadLetters({ dead }: { readonly dead: NonNullable<PageData['dead']> }): VNode {
  const rows = dead.map(({ topic, kind, count, reason, example }) => [topic, kind, count, reason, example])
  const total = dead.reduce((sum, { count }) => sum + count, 0)
  return (
    <div class="report-result" id="dead">
      <Panel title="Dead letters" aside={formatCount(total)}>
        <ResultTable
          name="dead letters"
          columns={DEAD_COLUMNS}
          rows={rowsOf({ columns: DEAD_COLUMNS, rows })}
          cut={undefined}
        />
      </Panel>
    </div>
  )
}
