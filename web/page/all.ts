/** Every page of the dashboard, in the order of the navigation. A new one is a folder beside this file, and a line here. */
import { plural } from '../part/format.ts'
import type { PageEntry } from './page-entry.ts'

const pipeline: PageEntry = {
  name: 'pipeline',
  title: 'Pipeline',
  load: async () => (await import('./pipeline/pipeline-page.tsx')).PipelinePage,
  mark: ({ trouble }) => (trouble.length === 0 ? undefined : plural(trouble.length, 'issue')),
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

export const pages: readonly PageEntry[] = [pipeline, alerts, reports, sql]
