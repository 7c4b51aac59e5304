/** The topics of the pipeline and where they are; one of them with its records. */
import type { VNode } from 'preact'
import type { PageProps } from '../page-entry.ts'
import { TopicList } from './topic-list.tsx'
import { TopicPage } from './topic-page.tsx'

export function TopicsPage({ rest, query }: PageProps): VNode {
  const [name] = rest
  return name === undefined ? <TopicList /> : <TopicPage key={name} name={name} query={query} />
}
