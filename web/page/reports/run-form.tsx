/** Runs a report by hand: over a past day, between two times, or the span that ended when it was last due. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { AskedReportRun, ReportRunView, ReportView } from '../../../src/server/api/reports.ts'
import { post } from '../../api/client.ts'
import { dayBefore, dayIn } from '../../part/day.ts'
import { ErrorNote } from '../../part/error-note.tsx'
import { Panel } from '../../part/page.tsx'

type Props = {
  readonly report: ReportView
  /** Of the report. */
  readonly path: string
  onBegun(run: ReportRunView): void
}

type What = 'day' | 'span' | 'due'

export function RunForm({ report, path, onBegun }: Props): VNode {
  const { timezone, topic, sinks, schedule } = report
  const today = dayIn(timezone, Date.now())
  const [what, setWhat] = useState<What>('day')
  const [day, setDay] = useState(dayBefore(today, 1))
  const [since, setSince] = useState('')
  const [until, setUntil] = useState('')
  const [isDelivered, setDelivered] = useState(false)
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const run = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const span: AskedReportRun =
      what === 'due'
        ? { due: true }
        : what === 'day'
          ? { for: day }
          : { since: spaced(since), ...(until === '' ? {} : { until: spaced(until) }) }
    try {
      onBegun(await post<ReportRunView>(`${path}/runs`, { ...span, deliver: isDelivered }))
    } catch (failure) {
      setError(failure)
    }
    setBusy(false)
  }
  const takers =
    sinks.length === 0 ? 'which no sink takes' : `and so into ${sinks.map((sink) => `sink ${sink}`).join(', ')}`
  return (
    <Panel title="Run it now">
      <form class="report-form" onSubmit={(event) => void run(event)}>
        <label class="field">
          <span>Over</span>
          <select value={what} onChange={({ currentTarget }) => setWhat(currentTarget.value as What)}>
            <option value="day">a day</option>
            <option value="span">another span</option>
            {schedule === null ? null : <option value="due">the span that was due last</option>}
          </select>
        </label>
        {what === 'day' ? (
          <label class="field">
            <span>Day ({timezone})</span>
            <input
              type="date"
              required
              value={day}
              max={today}
              onInput={({ currentTarget }) => setDay(currentTarget.value)}
            />
          </label>
        ) : null}
        {what === 'span' ? (
          <>
            <label class="field">
              <span>From ({timezone})</span>
              <input
                type="datetime-local"
                required
                value={since}
                onInput={({ currentTarget }) => setSince(currentTarget.value)}
              />
            </label>
            <label class="field">
              <span>Until (empty: now)</span>
              <input
                type="datetime-local"
                value={until}
                onInput={({ currentTarget }) => setUntil(currentTarget.value)}
              />
            </label>
          </>
        ) : null}
        <button type="submit" class="button is-primary" disabled={isBusy}>
          {isDelivered ? 'Run and deliver' : 'Show rows'}
        </button>
        <label class="report-deliver">
          <input
            type="checkbox"
            checked={isDelivered}
            onChange={({ currentTarget }) => setDelivered(currentTarget.checked)}
          />
          <span>
            Deliver: put the rows into topic {topic}, {takers}
          </span>
        </label>
      </form>
      {error === undefined ? null : <ErrorNote error={error} />}
    </Panel>
  )
}

/** As the server reads times. */
const spaced = (time: string): string => time.replace('T', ' ')
