/** Every page of the dashboard, in the order of the navigation. A new one is a folder beside this file, and a line here. */
import { formatShort, plural } from '../part/format.ts'
import type { PageEntry } from './page-entry.ts'

const pipeline: PageEntry = {
  name: 'pipeline',
  title: 'Pipeline',
  load: async () => (await import('./pipeline/pipeline-page.tsx')).PipelinePage,
  mark: ({ trouble }) => (trouble.length === 0 ? undefined : plural(trouble.length, 'issue')),
}

const topics: PageEntry = {
  name: 'topics',
  title: 'Topics',
  load: async () => (await import('./topics/topics-page.tsx')).TopicsPage,
}

const groups: PageEntry = {
  name: 'groups',
  title: 'Groups',
  load: async () => (await import('./groups/groups-page.tsx')).GroupsPage,
}

const dead: PageEntry = {
  name: 'dead',
  title: 'Dead letters',
  load: async () => (await import('./dead/dead-page.tsx')).DeadPage,
  mark({ topics }) {
    const kept = topics.reduce((sum, { dead }) => sum + (dead?.kept ?? 0), 0)
    return kept === 0 ? undefined : formatShort(kept)
  },
}

const queries: PageEntry = {
  name: 'queries',
  title: 'Queries',
  load: async () => (await import('./queries/queries-page.tsx')).QueriesPage,
}

const sql: PageEntry = {
  name: 'sql',
  title: 'SQL',
  load: async () => (await import('./sql/sql-page.tsx')).SqlPage,
}

const alerts: PageEntry = {
  name: 'alerts',
  title: 'Alerts',
  load: async () => (await import('./alerts/alerts-page.tsx')).AlertsPage,
  mark(status) {
    const firing = status.alerts.reduce((sum, one) => sum + (one.firing ?? 0), 0)
    return firing === 0 ? undefined : `${firing} firing`
  },
}

const reports: PageEntry = {
  name: 'reports',
  title: 'Reports',
  load: async () => (await import('./reports/reports-page.tsx')).ReportsPage,
}

export const pages: readonly PageEntry[] = [pipeline, queries, topics, groups, alerts, reports, dead, sql]
