/** The tables that a statement can read, with their columns. A name goes into the statement when it is chosen. */
import type { VNode } from 'preact'
import type { SqlTable } from '../../../src/server/api/sql.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { Panel } from '../../part/page.tsx'

type Props = { readonly tables: readonly SqlTable[]; onPut(text: string): void }

const KINDS: { readonly [kind in SqlTable['kind']]: string } = {
  topic: 'topic',
  query: 'rows of a query',
  view: 'view',
  lookup: 'lookup table',
  store: 'table of a store',
}

export function TablesPanel({ tables, onPut }: Props): VNode {
  return (
    <Panel title="Tables" isFlush>
      {tables.length === 0 ? <EmptyState title="The pipeline has no tables" /> : null}
      <ul class="sql-tables">
        {tables.map((table, index) => (
          <li key={table.name}>
            <details open={index === 0}>
              <summary>
                <span class="sql-table-name">{table.name}</span> <span class="muted">{KINDS[table.kind]}</span>
              </summary>
              <Put written={table.written} label="put the table in" onPut={onPut} />
              <ul class="sql-table-columns">
                {table.columns.map(({ name, written, type }) => (
                  <li key={name}>
                    <Put written={written} label={`put column ${name} in`} onPut={onPut} />
                    <span class="muted">
                      {type}
                      {name === table.time ? ', event time' : ''}
                    </span>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

type Putting = { readonly written: string; readonly label: string; onPut(text: string): void }

const Put = ({ written, label, onPut }: Putting): VNode => (
  <button type="button" class="link-button sql-put" title={label} onClick={() => onPut(written)}>
    {written}
  </button>
)
