/** One report: its schedule, a form to run it over a past day or another span, its runs, and the rows of the run that is open. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ReportRunView, ReportView } from '../../../src/server/api/reports.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { goTo, to } from '../../app/route.ts'
import { CodeBlock } from '../../part/code-block.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatDuration, showTimesIn } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { Pager } from '../../part/pager.tsx'
import { Time } from '../../part/quantity.tsx'
import { Table } from '../../part/table.tsx'
import { OpenRun } from './open-run.tsx'
import { RunForm } from './run-form.tsx'
import { outcomeText, RunState, scheduleText, spanText, stageText } from './words.tsx'

type Props = {
  readonly name: string
  /** The run whose rows are shown. */
  readonly chosen: string | undefined
}

const LOOK_MS = 2000
const PART_RUNS = 20

export function OneReport({ name, chosen }: Props): VNode {
  const path = `/api/v1/reports/${encodeURIComponent(name)}`
  const report = useAnswer<ReportView>(path, LOOK_MS)
  const all = <a href={to('reports')}>Reports</a>
  const choose = (id: string): void => goTo(`${to('reports', name)}?run=${encodeURIComponent(id)}`, { replace: true })
  const { value } = report
  // It may be here before the pipeline is known.
  if (value !== undefined) showTimesIn(value.timezone)
  if (value === undefined) {
    return (
      <Page title={name} above={all}>
        {report.error === undefined ? (
          <EmptyState title="Loading…" />
        ) : (
          <ErrorNote error={report.error} onRetry={report.reload} />
        )}
      </Page>
    )
  }
  const version = `${value.newest?.id} ${value.newest?.state}`
  return (
    <Page title={name} above={all} aside={<span>{scheduleText(value)}</span>}>
      {report.error === undefined ? null : <ErrorNote error={report.error} />}
      <Facts report={value} />
      <RunForm report={value} path={path} onBegun={({ id }) => choose(id)} />
      {chosen === undefined ? null : (
        <OpenRun key={chosen} report={value} path={`${path}/runs/${encodeURIComponent(chosen)}`} />
      )}
      <Runs path={path} chosen={chosen} version={version} onChoose={choose} />
      <Panel title={value.of === null ? 'SQL' : `SQL of query ${value.of}`}>
        <CodeBlock label={`SQL of report ${name}`} text={value.sql} />
      </Panel>
    </Page>
  )
}

function Facts({ report }: { readonly report: ReportView }): VNode {
  const { schedule, next, spanMs, reads, topic, sinks, last, timezone } = report
  const stage = stageText(report)
  return (
    <Panel title="When and where">
      <dl class="report-facts">
        {schedule === null ? null : (
          <>
            <dt>Schedule</dt>
            <dd>
              <code>{schedule.cron}</code>, {schedule.words}, in {timezone}; a span of {formatDuration(spanMs)}
            </dd>
            <dt>Next runs</dt>
            <dd>
              {next.map((at) => (
                <span key={at} class="report-next">
                  <Time value={at} withDay />
                </span>
              ))}
            </dd>
          </>
        )}
        {stage === undefined ? null : (
          <>
            <dt>Now</dt>
            <dd>{stage}</dd>
          </>
        )}
        {last?.failure == null ? null : (
          <>
            <dt>Failed</dt>
            <dd>
              <Time value={last.endedAt} withDay />: {last.failure}
            </dd>
          </>
        )}
        <dt>Reads</dt>
        <dd>{reads.join(', ')}</dd>
        <dt>Delivers to</dt>
        <dd>
          topic {topic}
          {sinks.length === 0
            ? ', which no sink takes'
            : `, which ${sinks.map((sink) => `sink ${sink}`).join(', ')} takes`}
        </dd>
      </dl>
    </Panel>
  )
}

type RunsProps = {
  readonly path: string
  readonly chosen: string | undefined
  /** Another one where there is a new run. */
  readonly version: string
  onChoose(id: string): void
}

type RunsAnswer = { readonly items: readonly ReportRunView[]; readonly next: string | null }

function Runs({ path, chosen, version, onChoose }: RunsProps): VNode {
  const [places, setPlaces] = useState<readonly string[]>([])
  const place = places.at(-1)
  const after = place === undefined ? '' : `&after=${encodeURIComponent(place)}`
  const { value, error, reload } = useAnswer<RunsAnswer>(`${path}/runs?limit=${PART_RUNS}${after}`)
  useEffect(reload, [version, reload])
  const next = value?.next ?? undefined
  return (
    <Panel title="Runs" isFlush>
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      <Table
        label="Table of runs"
        rows={value?.items ?? []}
        keyOf={({ id }) => id}
        isOpen={({ id }) => id === chosen}
        onOpen={({ id }) => onChoose(id)}
        empty={<EmptyState title="It has not run yet." />}
        columns={[
          {
            key: 'span',
            title: 'Span',
            cell: (run) => (
              <button type="button" class="link-button" onClick={() => onChoose(run.id)}>
                {spanText(run)}
              </button>
            ),
          },
          { key: 'state', title: 'State', cell: ({ state }) => <RunState state={state} /> },
          { key: 'outcome', title: 'Outcome', cell: (run) => <span class="wide-cell">{outcomeText(run)}</span> },
          { key: 'by', title: 'By', cell: ({ due }) => (due === null ? 'hand' : 'schedule') },
          { key: 'begun', title: 'Begun', cell: ({ begunAt }) => <Time value={begunAt} withDay /> },
          {
            key: 'took',
            title: 'Took',
            isNumber: true,
            cell: ({ begunAt, endedAt }) =>
              endedAt === null ? '' : formatDuration(Date.parse(endedAt) - Date.parse(begunAt)),
          },
        ]}
      />
      {places.length === 0 && next === undefined ? null : (
        <Pager
          label="runs"
          onBefore={places.length === 0 ? undefined : () => setPlaces(places.slice(0, -1))}
          onNext={next === undefined ? undefined : () => setPlaces([...places, next])}
        >
          part {places.length + 1}
        </Pager>
      )}
    </Panel>
  )
}
