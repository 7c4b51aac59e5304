/** The alerts of a pipeline for a person: what is wrong with notifiers first, then keys, then silences. */
import { countText, roundSpan } from '../../base/units.ts'
import type { AlertKey, AlertsView, AlertView, ToldBy } from '../../run/alerts/standing.ts'
import { cutText, printable } from '../../terminal/text.ts'
import { type Sheet, stacked, table, text } from './sheet.ts'
import { agoText } from './words.ts'

type Line = { readonly alert: AlertView; readonly key: AlertKey }
type Silence = AlertsView['silences'][number]

/** Columns of windows say nothing that `since` does not. */
const WINDOW = /^window_(start|end|time)$/

/** The whole view. */
export function alertsSheet(view: AlertsView): Sheet {
  const { alerts, silences, at } = view
  const lines = alerts.flatMap((alert) => alert.keys.map((key) => ({ alert, key })))
  const order = (wanted: AlertKey['state']) => lines.filter(({ key }) => key.state === wanted)
  return stacked([
    headSheet(view),
    troubleSheet(alerts),
    table(columns(at), [...order('firing'), ...order('pending'), ...order('resolved')]),
    table(silenceColumns(at), silences),
  ])
}

function headSheet({ alerts, isRunning }: AlertsView): Sheet {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)
  const firing = sum(alerts.map((alert) => alert.firing))
  const pending = sum(alerts.map((alert) => alert.pending))
  const shown = sum(alerts.map(({ keys }) => keys.filter(({ state }) => state !== 'resolved').length))
  return (colours) => {
    if (alerts.length === 0) return ['the pipeline has no alerts']
    const left = isRunning ? '' : ' (the pipeline is stopped: this is what it has left)'
    const where = shown < firing + pending ? `${left}; ${countText(shown, 'key')} shown` : left
    if (firing === 0) return [`${colours.green('nothing fires')}${pending === 0 ? '' : `, ${pending} pending`}${where}`]
    return [
      `${colours.red(`${firing.toLocaleString('en')} firing`)}${pending === 0 ? '' : `, ${pending} pending`}${where}`,
    ]
  }
}

function troubleSheet(alerts: readonly AlertView[]): Sheet {
  const failing = alerts.flatMap(({ name, notifiers }) =>
    notifiers.flatMap((one) => (one.trouble === null ? [] : [`${name}, ${one.name} fails: ${one.trouble}`])),
  )
  return (colours, width) => failing.map((line) => colours.red(cutText(printable(line), width)))
}

const columns = (now: string) => [
  text<Line>('alert', ({ alert }) => alert.name),
  text<Line>('severity', ({ alert }) => alert.severity),
  text<Line>('key', ({ key: { key } }) => valuesText(key)),
  text<Line>('state', ({ key: { state, silencedUntil } }) => (silencedUntil === null ? state : `${state}, silenced`)),
  text<Line>('since', ({ key }) => agoText(key.since, now)),
  text<Line>('at', ({ key }) => agoText(key.at, now)),
  text<Line>('row', ({ key: { row } }) => cutText(valuesText(row), 60)),
  text<Line>('told', ({ key: { told } }) => told.map(toldText).join(', ')),
]

const toldText = ({ notifier, how }: ToldBy): string => {
  switch (how) {
    case 'told':
      return notifier
    case 'waiting':
      return `${notifier} waits`
    case 'silenced':
      return `${notifier} silenced`
    case 'old':
      return `${notifier} not: too old`
    case 'new':
      return `${notifier} not: it is new`
  }
}

const valuesText = (values: { readonly [column: string]: unknown }): string =>
  Object.entries(values)
    .filter(([column]) => !WINDOW.test(column))
    .map(([column, value]) => `${column} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

const silenceColumns = (now: string) => [
  text<Silence>('silenced', ({ alert }) => alert),
  text<Silence>('keys', ({ key }) => (Object.keys(key).length === 0 ? 'all' : valuesText(key))),
  text<Silence>('for another', ({ until }) => roundSpan(Date.parse(until) - Date.parse(now))),
  text<Silence>('why', ({ reason }) => reason ?? ''),
]
