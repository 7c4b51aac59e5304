/** Every page of the dashboard, in the order of the navigation. A new one is a folder beside this file, and a line here. */
import type { VNode } from 'preact'
import type { PipelineStatus } from '../../src/server/api/status.ts'

export type PageProps = {
  /** What stands behind the page's name in the address: `#/queries/NAME` has `['NAME']`. */
  readonly rest: readonly string[]
  readonly query: URLSearchParams
}

export type PageEntry = {
  /** In the address. */
  readonly name: string
  readonly title: string
  /** Loads its module, when it is opened first. */
  load(): Promise<(props: PageProps) => VNode>
  /** What the navigation says beside its title: a short text, such as `2 firing`. */
  readonly mark?: (status: PipelineStatus) => string | undefined
}

const pipeline: PageEntry = {
  name: 'pipeline',
  title: 'Pipeline',
  load: async () => (await import('./pipeline/pipeline-page.tsx')).PipelinePage,
  mark: ({ trouble }) => (trouble.length === 0 ? undefined : `${trouble.length}`),
}

export const pages: readonly PageEntry[] = [pipeline]
