/** Words and marks for reports and their runs. */
import type { VNode } from 'preact'
import type { ReportRunView, ReportView } from '../../../src/server/api/reports.ts'
import { Badge, type Tone } from '../../part/badge.tsx'
import { formatCount, formatTime, plural } from '../../part/format.ts'

const STATES: Record<ReportRunView['state'], Tone> = {
  waiting: 'busy',
  working: 'busy',
  done: 'good',
  failed: 'bad',
  cancelled: 'off',
}

export const RunState = ({ state }: Pick<ReportRunView, 'state'>): VNode => <Badge tone={STATES[state]}>{state}</Badge>

const time = (text: string): string => formatTime(text, { withDay: true }).replace(/ 00:00:00$/, '')

/** A span in the zone of the pipeline: midnight is left out. */
export const spanText = ({ since, until }: Pick<ReportRunView, 'since' | 'until'>): string =>
  `${time(since)} – ${time(until)}`

/** How a run has ended, or how far it is, in words. */
export function outcomeText(run: ReportRunView): string {
  const { state, rows, unusable, appended, isDelivered, records, ofRecords, failure, reached } = run
  if (state === 'waiting') return 'waits for its turn'
  if (state === 'working') {
    if (records === null || ofRecords === null) return 'begins'
    return `has read ${formatCount(records)} of at most ${plural(ofRecords, 'record')}`
  }
  if (failure !== null) return failure
  if (state !== 'done') return ''
  const delivered = !isDelivered
    ? ', only shown'
    : appended === rows
      ? ', delivered'
      : `, ${formatCount(appended)} of them new`
  const lost =
    unusable === null || unusable === 0
      ? ''
      : `; ${plural(unusable, 'record')} of ${formatCount(records)} could not be used`
  const early = reached === false ? '; may change: the log has not come to the end' : ''
  return `${plural(rows ?? 0, 'row')}${delivered}${lost}${early}`
}

/** When a report is made, in words. */
export const scheduleText = ({ schedule, timezone }: ReportView): string =>
  schedule === null ? 'made by hand' : `${schedule.words} (${timezone})`

const STAGES = {
  due: 'waits until it is due',
  watermark: 'due: waits for the rest of its span',
  working: 'is being made',
}

export const stageText = ({ stage }: ReportView): string | undefined => (stage === null ? undefined : STAGES[stage])
