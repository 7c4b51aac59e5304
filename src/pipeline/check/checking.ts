/** A pipeline file while it is checked: its tables so far, and the mistakes found so far. */
import type { Failure } from '../../base/failure.ts'
import type { Catalog, Table } from '../../sql/catalog.ts'
import type { Session } from '../../sql/function/function.ts'
import type { Mode } from '../../sql/plan/plan.ts'
import type { CheckedLookup, CheckedTable, CheckedTopic, CheckedView } from '../checked.ts'
import type { PipelineFile } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import { ANY_ENTRY } from '../file/repair.ts'
import { isGroup } from '../file/yaml-tree.ts'

/** A view, as SQL sees it, and the names that it reads. */
export type NamedView = { readonly view: CheckedView; readonly table: Table; readonly reads: readonly string[] }

/** A table of a store, as SQL sees it. */
export type StoredTable = { readonly checked: CheckedTable; readonly table: Table }

/** A lookup table, as SQL sees it. */
export type LookupTable = { readonly checked: CheckedLookup; readonly table: Table }

export type TopicTable = {
  readonly topic: CheckedTopic
  readonly table: Table
  /** Whether its rows replace and delete others. */
  readonly isChanging?: boolean
}

export type Checking = {
  readonly file: PipelineFile
  readonly text: PipelineText
  readonly session: Session
  /** By their names in SQL: source topics first, then the topics of queries, each before its readers. */
  readonly tables: Map<string, TopicTable>
  /** Each after those that it reads. */
  readonly views: Map<string, NamedView>
  /** Tables of stores, by their names in SQL: only reports read them. */
  readonly stored: Map<string, StoredTable>
  /** Lookup tables, by their names in SQL. */
  readonly lookups: Map<string, LookupTable>
  /** Names of what is declared, but wrong: that others name it is no mistake of theirs. ANY_ENTRY stands for all names. */
  readonly broken: Set<string>
  /** The file as it was written, with the parts that are left out of `file`. */
  readonly written: unknown
  readonly failures: Failure[]
  readonly warnings: Failure[]
}

/** Whether a name may be that of a part with a mistake of its own. */
export const isBroken = ({ broken }: Checking, name: string): boolean => broken.has(name) || broken.has(ANY_ENTRY)

/** The names in these sections of the file, those of wrong parts too: what another part names may be one of them, misspelt. */
export const namesIn = ({ written }: Checking, sections: readonly string[]): readonly string[] =>
  sections.flatMap((section) => {
    const parts = isGroup(written) ? written[section] : undefined
    return isGroup(parts) ? Object.keys(parts) : []
  })

/** The tables that SQL of a mode can read: in batch mode, those of stores, too. */
export const tablesForSql = ({ tables, views, lookups, stored }: Checking, mode: Mode): Catalog =>
  new Map(
    [...tables, ...views, ...lookups, ...(mode === 'batch' ? stored : [])].map(([name, { table }]) => [name, table]),
  )
