/** The queries of the pipeline: all of them, or one with its rows. */
import type { VNode } from 'preact'
import type { QueryDescription } from '../../../src/server/api/queries.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { Page } from '../../part/page.tsx'
import type { PageProps } from '../page-entry.ts'
import { QueryList } from './query-list.tsx'
import { QueryView } from './query-view.tsx'

type QueryPage = { readonly items: readonly QueryDescription[]; readonly next: string | null }

export function QueriesPage({ rest: [name] }: PageProps): VNode {
  return name === undefined ? <AllQueries /> : <OneQuery key={name} name={name} />
}

function AllQueries(): VNode {
  const { value, error, reload } = useAnswer<QueryPage>('/api/v1/queries?limit=1000')
  return (
    <Page title="Queries">
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      {value === undefined ? null : <QueryList queries={value.items} />}
    </Page>
  )
}

function OneQuery({ name }: { readonly name: string }): VNode {
  const { value, error, reload } = useAnswer<QueryDescription>(`/api/v1/queries/${encodeURIComponent(name)}`)
  if (value !== undefined) return <QueryView query={value} />
  return (
    <Page title={name} above={<a href={to('queries')}>Queries</a>}>
      {error === undefined ? <EmptyState title="Loading…" /> : <ErrorNote error={error} onRetry={reload} />}
    </Page>
  )
}
