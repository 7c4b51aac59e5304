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
/** As the inputs of the browser have them. */
type Wish = { readonly day: string; readonly since: string; readonly until: string }

export function RunForm({ report, path, onBegun }: Props): VNode {
  const { timezone, topic, sinks, schedule } = report
  const [what, setWhat] = useState<What>('day')
  const [wish, setWish] = useState<Wish>({ day: dayBefore(dayIn(timezone, Date.now()), 1), since: '', until: '' })
  const [isDelivered, setDelivered] = useState(false)
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const run = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      onBegun(await post<ReportRunView>(`${path}/runs`, { ...spanOf(what, wish), deliver: isDelivered }))
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
        <SpanFields what={what} timezone={timezone} wish={wish} onWish={setWish} />
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

type SpanFieldsProps = {
  readonly what: What
  readonly timezone: string
  readonly wish: Wish
  onWish(wish: Wish): void
}

function SpanFields({ what, timezone, wish, onWish }: SpanFieldsProps): VNode | null {
  if (what === 'due') return null
  const change = (name: keyof Wish) => (value: string) => onWish({ ...wish, [name]: value })
  if (what === 'day') {
    const today = dayIn(timezone, Date.now())
    return (
      <TimeField
        title={`Day (${timezone})`}
        type="date"
        isNeeded
        max={today}
        value={wish.day}
        onChange={change('day')}
      />
    )
  }
  return (
    <>
      <TimeField
        title={`From (${timezone})`}
        type="datetime-local"
        isNeeded
        value={wish.since}
        onChange={change('since')}
      />
      <TimeField title="Until (empty: now)" type="datetime-local" value={wish.until} onChange={change('until')} />
    </>
  )
}

type TimeFieldProps = {
  readonly title: string
  readonly type: 'date' | 'datetime-local'
  readonly isNeeded?: boolean
  readonly max?: string
  readonly value: string
  onChange(value: string): void
}

const TimeField = ({ title, type, isNeeded = false, max, value, onChange }: TimeFieldProps): VNode => (
  <label class="field">
    <span>{title}</span>
    <input
      type={type}
      required={isNeeded}
      max={max}
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  </label>
)

function spanOf(what: What, { day, since, until }: Wish): AskedReportRun {
  if (what === 'due') return { due: true }
  if (what === 'day') return { for: day }
  return { since: spaced(since), ...(until === '' ? {} : { until: spaced(until) }) }
}

/** As the server reads times. */
const spaced = (time: string): string => time.replace('T', ' ')
