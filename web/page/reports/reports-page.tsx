/** All reports, when they are due and how they ended; or one with its runs. */
import type { VNode } from 'preact'
import type { ReportView } from '../../../src/server/api/reports.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { showTimesIn } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { Time } from '../../part/quantity.tsx'
import { Table } from '../../part/table.tsx'
import { OneReport } from './one-report.tsx'
import { outcomeText, RunState, scheduleText, spanText, stageText } from './words.tsx'

type Props = { readonly rest: readonly string[]; readonly query: URLSearchParams }

/** How often the list is asked for anew. */
const LOOK_MS = 5000

export function ReportsPage({ rest: [name], query }: Props): VNode {
  return name === undefined ? (
    <AllReports />
  ) : (
    <OneReport key={name} name={name} chosen={query.get('run') ?? undefined} />
  )
}

function AllReports(): VNode {
  const { value, error, isLoading, reload } = useAnswer<{ readonly items: readonly ReportView[] }>(
    '/api/v1/reports?limit=1000',
    LOOK_MS,
  )
  return (
    <Page title="Reports">
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      {value === undefined && error === undefined && isLoading ? <EmptyState title="Loading…" /> : null}
      {value === undefined ? null : <ReportTable reports={value.items} />}
    </Page>
  )
}

function ReportTable({ reports }: { readonly reports: readonly ReportView[] }): VNode {
  if (reports[0] === undefined) {
    return (
      <EmptyState title="The pipeline has no reports.">
        A report is a query over a span of event time, by a schedule or by hand: <code>reports:</code> in the pipeline
        file.
      </EmptyState>
    )
  }
  showTimesIn(reports[0].timezone)
  return (
    <Panel title="All reports" isFlush>
      <Table
        label="Reports"
        rows={reports}
        keyOf={(report) => report.name}
        columns={[
          {
            key: 'name',
            title: 'Report',
            cell: (report) => <a href={to('reports', report.name)}>{report.name}</a>,
            sort: (report) => report.name,
          },
          { key: 'schedule', title: 'Schedule', cell: scheduleText },
          {
            key: 'next',
            title: 'Next',
            cell: (report) => (report.next[0] === undefined ? 'by hand' : <Time value={report.next[0]} withDay />),
            sort: (report) => report.next[0] ?? null,
          },
          { key: 'stage', title: 'Now', cell: (report) => stageText(report) ?? '' },
          {
            key: 'last',
            title: 'Last run',
            cell: ({ newest }) =>
              newest === null ? (
                'none yet'
              ) : (
                <span class="report-last wide-cell">
                  <RunState state={newest.state} /> {spanText(newest)}: {outcomeText(newest)}
                </span>
              ),
          },
        ]}
      />
    </Panel>
  )
}
