/** One alert: its rule, its keys in trouble, its history, and the query that it watches. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { AlertDetail, AlertKey, AlertsView, AlertView } from '../../../src/server/api/alerts.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { to } from '../../app/route.ts'
import { Badge } from '../../part/badge.tsx'
import { CodeBlock } from '../../part/code-block.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { Page, Panel } from '../../part/page.tsx'
import { AlertItem } from './alert-item.tsx'
import { History } from './history.tsx'
import { SilenceDialog } from './silence-dialog.tsx'
import { Silences } from './silences.tsx'
import { ruleWords, SeverityBadge } from './words.tsx'

type Props = { readonly name: string; readonly view: AlertsView; readonly now: string }

/** Event time that is further behind is not that of now: of an old log that is read. */
const CLOSE_MS = 3_600_000

export function AlertPage({ name, view, now }: Props): VNode {
  const [chosen, choose] = useState<{ readonly of?: AlertKey['key'] }>()
  const detail = useAnswer<AlertDetail>(`/api/v1/alerts/${encodeURIComponent(name)}`)
  const alert = view.alerts.find((one) => one.name === name)
  const all = <a href={to('alerts')}>Alerts</a>
  if (alert === undefined) {
    return (
      <Page title={name} above={all}>
        <EmptyState title={`The pipeline has no alert ${name}.`} />
      </Page>
    )
  }
  const standing = alert.keys.filter(({ state }) => state !== 'resolved')
  const lately = alert.keys.filter(({ state }) => state === 'resolved')
  const seen = Math.max(
    ...alert.keys.map(({ at, since }) => Date.parse(at ?? since)),
    Date.parse(detail.value?.reached ?? '') || 0,
  )
  const end = seen > 0 && Date.parse(now) - seen > CLOSE_MS ? seen : Date.parse(now)
  return (
    <Page
      title={name}
      above={all}
      aside={
        <>
          <SeverityBadge severity={alert.severity} />
          {alert.firing === 0 ? (
            <Badge tone="good">does not fire</Badge>
          ) : (
            <Badge tone="bad">{alert.firing} firing</Badge>
          )}
          {alert.pending === 0 ? null : <Badge tone="warn">{alert.pending} pending</Badge>}
        </>
      }
      actions={
        <button type="button" class="button" onClick={() => choose({})}>
          Silence…
        </button>
      }
    >
      <About alert={alert} topic={detail.value?.topic} />
      <Standing alert={alert} keys={standing} now={now} onSilence={(of) => choose({ of })} />
      <Silences silences={view.silences.filter((one) => one.alert === name)} now={now} />
      <History alert={name} version={versionOf(standing, lately)} end={end} />
      {detail.value?.sql == null ? null : (
        <Panel title={`Query ${alert.from}`}>
          <CodeBlock label={`SQL of query ${alert.from}`} text={detail.value.sql} />
        </Panel>
      )}
      {chosen === undefined ? null : (
        <SilenceDialog alert={name} {...chosen} timezone={view.timezone} onClose={() => choose(undefined)} />
      )}
    </Page>
  )
}

function About({ alert, topic = '…' }: { readonly alert: AlertView; readonly topic: string | undefined }): VNode {
  return (
    <>
      <p>{ruleWords(alert.rule)}.</p>
      <p class="hint">
        Tells {alert.notifiers.map(({ name }) => name).join(', ') || 'nobody'}. Its history is in topic {topic}.
      </p>
      {alert.notifiers.map(({ name, trouble }) =>
        trouble === null ? null : (
          <p key={name} class="alert-trouble">
            <Badge tone="bad">{name} fails</Badge> {trouble}
          </p>
        ),
      )}
    </>
  )
}

type StandingProps = {
  readonly alert: AlertView
  readonly keys: readonly AlertKey[]
  readonly now: string
  onSilence(of: AlertKey['key']): void
}

function Standing({ alert, keys, now, onSilence }: StandingProps): VNode | null {
  if (keys.length === 0) return null
  return (
    <Panel title="In trouble">
      <ul class="alert-list">
        {keys.map((key) => (
          <AlertItem
            key={JSON.stringify(key.key)}
            alert={alert}
            standing={key}
            now={now}
            onSilence={() => onSilence(key.key)}
          />
        ))}
      </ul>
    </Panel>
  )
}

/** Another one where something has fired or was resolved since. */
const versionOf = (...keys: readonly (readonly AlertKey[])[]): string =>
  keys
    .flat()
    .map(({ id, state }) => `${id}${state.charAt(0)}`)
    .sort()
    .join('')
    .slice(-200)
