/** `/api/v1/alerts` and what is below it: how alerts stand, and what has happened in them. */
import * as z from 'zod'
import { alertTopic } from '../../../pipeline/checked.ts'
import { happenedIn } from '../../../run/alerts/happened.ts'
import { alertDetail, alertsView, happened } from '../../../run/alerts/schema.ts'
import { aboutAlert } from '../../../run/alerts/view.ts'
import { alertEvents, lookAtAlerts } from '../../alerts-feed.ts'
import type { AlertDetail } from '../../api/alerts.ts'
import { namedPart, openRunOf } from '../../open-run.ts'
import { asEvents, defineRoute, inJson, page, paging, type Route } from '../route.ts'

const params: z.ZodType<{ readonly alert: string }> = z.object({ alert: z.string() })

const alerts: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/alerts',
  summary: 'What fires, what is pending and what was resolved, who was told, and what is silenced.',
  answer: inJson(alertsView),
  handle: (_, { run }) => lookAtAlerts(run),
})

const events: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/events/alerts',
  summary: 'How the alerts stand, at once and whenever something has changed.',
  answer: asEvents({ alerts: alertsView }),
  handle({ lastEventId, signal }, { run }) {
    openRunOf(run)
    return alertEvents(run, lastEventId, signal)
  },
})

const alert: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/alerts/{alert}',
  summary: 'How an alert stands, and the query that it watches.',
  params,
  answer: inJson(alertDetail),
  async handle({ params: { alert: name } }, { run }): Promise<AlertDetail> {
    const { pipeline } = openRunOf(run)
    namedPart(name, pipeline.alerts, 'alert')
    const view = namedPart(name, (await lookAtAlerts(run)).alerts, 'alert')
    const sql = pipeline.queries.find((query) => query.name === view.from)?.query.sql
    return { ...view, sql: sql === undefined ? null : pipeline.mask(sql), topic: alertTopic(pipeline.name, name) }
  },
})

const history: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/alerts/{alert}/history',
  summary: 'What has happened in an alert, the newest first.',
  params,
  query: z.object(paging),
  answer: inJson(page(happened)),
  async handle({ params: { alert: name }, query }, { run }) {
    const { parts, pipeline } = openRunOf(run)
    const known = namedPart(name, pipeline.alerts, 'alert')
    const topic = parts.topics.get(name)?.topic
    if (topic === undefined) return { items: [], next: null }
    return await happenedIn(topic, aboutAlert(known, parts, pipeline), query)
  },
})

export const alertRoutes: readonly Route[] = [alerts, events, alert, history]
