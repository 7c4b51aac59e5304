/** What the list of pages (`all.ts`) says of each, and what each is given. */
import { type Context, createContext, type VNode } from 'preact'
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

/** The titles of all pages by their names, for links from one page to another. */
export const PageTitles: Context<ReadonlyMap<string, string>> = createContext<ReadonlyMap<string, string>>(new Map())
