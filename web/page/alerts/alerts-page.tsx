/** What fires, what is pending and what was resolved, the silences, and the rules; or one alert with its history. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { AlertKey, AlertsView, AlertView } from '../../../src/server/api/alerts.ts'
import { useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { Badge } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { plural, showTimesIn } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { Table } from '../../part/table.tsx'
import { AlertItem } from './alert-item.tsx'
import { AlertPage } from './alert-page.tsx'
import { SilenceDialog } from './silence-dialog.tsx'
import { Silences } from './silences.tsx'
import { useAlerts } from './use-alerts.ts'
import { ruleWords, SeverityBadge } from './words.tsx'

type Props = { readonly rest: readonly string[] }

export function AlertsPage({ rest: [name] }: Props): VNode {
  const { view, link } = useAlerts()
  // Each second, so that times since then go on.
  const now = useStatus(({ at }) => at) ?? view?.at ?? ''
  if (view === undefined) {
    const text = link.kind === 'refused' || link.kind === 'lost' ? link.text : 'Asking how the alerts stand…'
    return <EmptyState title={text} />
  }
  showTimesIn(view.timezone)
  if (name !== undefined) return <AlertPage name={name} view={view} now={now} />
  return <AllAlerts view={view} now={now} />
}

/** An alert, or one key of it, that shall be silenced. */
type Chosen = { readonly alert: string; readonly of?: AlertKey['key'] | undefined }

function AllAlerts({ view, now }: { readonly view: AlertsView; readonly now: string }): VNode {
  const [chosen, choose] = useState<Chosen>()
  const { alerts, silences, timezone } = view
  if (alerts.length === 0) {
    return (
      <Page title="Alerts">
        <EmptyState title="The pipeline has no alerts.">
          An alert is a query whose rows mean trouble: <code>alerts:</code> in the pipeline file.
        </EmptyState>
      </Page>
    )
  }
  const inTrouble = (['firing', 'pending'] as const).flatMap((state) => keysOf(alerts, state))
  const resolved = keysOf(alerts, 'resolved').sort(({ key: one }, { key: other }) => timeOfEnd(other) - timeOfEnd(one))
  const failing = alerts.flatMap(({ name, notifiers }) =>
    notifiers.flatMap(({ name: notifier, trouble }) => (trouble === null ? [] : [{ name, notifier, trouble }])),
  )
  const hidden = alerts.reduce((sum, { firing, pending }) => sum + firing + pending, 0) - inTrouble.length
  return (
    <Page title="Alerts" aside={<Summary alerts={alerts} />}>
      {failing.map(({ name, notifier, trouble }) => (
        <p key={`${name} ${notifier}`} class="alert-trouble">
          <Badge tone="bad">{notifier} fails</Badge> {name}: {trouble}
        </p>
      ))}
      <Panel title="In trouble">
        {inTrouble.length === 0 ? <EmptyState title="Nothing fires." /> : null}
        <ul class="alert-list">
          {inTrouble.map(({ alert, key }) => (
            <AlertItem
              key={`${alert.name} ${JSON.stringify(key.key)}`}
              alert={alert}
              standing={key}
              now={now}
              onSilence={() => choose({ alert: alert.name, of: key.key })}
            />
          ))}
        </ul>
        {hidden > 0 ? (
          <p class="hint">and {plural(hidden, 'other key')}, which `tailrace alerts` does not show either</p>
        ) : null}
      </Panel>
      <Silences silences={silences} now={now} />
      <Rules alerts={alerts} onSilence={(alert) => choose({ alert })} />
      <Panel title="Resolved lately">
        {resolved.length === 0 ? <EmptyState title="Nothing was resolved yet." /> : null}
        <ul class="alert-list">
          {resolved.map(({ alert, key }) => (
            <AlertItem key={`${key.id}`} alert={alert} standing={key} now={now} />
          ))}
        </ul>
      </Panel>
      {chosen === undefined ? null : (
        <SilenceDialog {...chosen} timezone={timezone} onClose={() => choose(undefined)} />
      )}
    </Page>
  )
}

type Standing = { readonly alert: AlertView; readonly key: AlertKey }

const keysOf = (alerts: readonly AlertView[], state: AlertKey['state']): Standing[] =>
  alerts.flatMap((alert) => alert.keys.filter((key) => key.state === state).map((key) => ({ alert, key })))

const timeOfEnd = ({ at, since }: AlertKey): number => Date.parse(at ?? since)

/** How many fire and are pending, in words; it is read out when it changes. */
function Summary({ alerts }: { readonly alerts: readonly AlertView[] }): VNode {
  const count = (of: (alert: AlertView) => number) => alerts.reduce((sum, alert) => sum + of(alert), 0)
  const firing = count((alert) => alert.firing)
  const pending = count((alert) => alert.pending)
  return (
    <span role="status" class="alert-summary">
      {firing === 0 ? <Badge tone="good">nothing fires</Badge> : <Badge tone="bad">{firing} firing</Badge>}
      {pending === 0 ? null : <Badge tone="warn">{pending} pending</Badge>}
    </span>
  )
}

type RulesProps = { readonly alerts: readonly AlertView[]; onSilence(alert: string): void }

function Rules({ alerts, onSilence }: RulesProps): VNode {
  return (
    <Panel title="Rules" isFlush>
      <Table
        label="Table of rules"
        rows={alerts}
        keyOf={({ name }) => name}
        columns={[
          {
            key: 'name',
            title: 'Alert',
            cell: ({ name }) => <a href={to('alerts', name)}>{name}</a>,
            sort: ({ name }) => name,
          },
          { key: 'severity', title: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
          { key: 'rule', title: 'Rule', cell: ({ rule }) => <span class="wide-cell">{ruleWords(rule)}</span> },
          {
            key: 'firing',
            title: 'Firing',
            isNumber: true,
            cell: ({ firing }) => firing,
            sort: ({ firing }) => firing,
          },
          {
            key: 'pending',
            title: 'Pending',
            isNumber: true,
            cell: ({ pending }) => pending,
            sort: ({ pending }) => pending,
          },
          {
            key: 'told',
            title: 'Told to',
            cell: ({ notifiers }) => notifiers.map(({ name }) => name).join(', ') || 'nobody',
          },
          {
            key: 'silence',
            title: 'Silence',
            cell: ({ name }) => (
              <button type="button" class="button" aria-label={`Silence ${name}`} onClick={() => onSilence(name)}>
                Silence…
              </button>
            ),
          },
        ]}
      />
    </Panel>
  )
}
