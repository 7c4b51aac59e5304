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

export const pages: readonly PageEntry[] = [pipeline, sql]
