/** The records that were counted in a row, as they came. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { QueryDescription, RecordBehind, RecordsBehind } from '../../../src/server/api/queries.ts'
import type { ResultRow } from '../../../src/server/api/rows.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { Dialog } from '../../part/dialog.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, formatTime, plural } from '../../part/format.ts'
import { shownValue } from './values.ts'

const FIRST = 100
const MOST = 1000

type Props = { readonly query: QueryDescription; readonly row: ResultRow; onClose(): void }

export function RecordsPanel({ query, row, onClose }: Props): VNode {
  const [limit, setLimit] = useState(FIRST)
  const { partition, offset } = row
  const path = `/api/v1/queries/${encodeURIComponent(query.name)}/records`
  const { value, error, isLoading, reload } = useAnswer<RecordsBehind>(
    `${path}?partition=${partition}&offset=${offset}&limit=${limit}`,
  )
  return (
    <Dialog title="Records behind a row" place="side" onClose={onClose}>
      <dl class="facts">
        {query.columns.map((column) => (
          <>
            <dt>{column.name}</dt>
            <dd class="num">{shownValue(row.row?.[column.name], column)}</dd>
          </>
        ))}
      </dl>
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      {value === undefined && isLoading ? <EmptyState title="Looking for them…" /> : null}
      {value === undefined ? null : <Found found={value} />}
      {value !== undefined && value.records.length < Math.min(MOST, value.count) ? (
        <button type="button" class="button" disabled={isLoading} onClick={() => setLimit(MOST)}>
          Show {formatCount(Math.min(MOST, value.count))}
        </button>
      ) : null}
    </Dialog>
  )
}

function Found({ found }: { readonly found: RecordsBehind }): VNode {
  const { count, records, late, missing, topic } = found
  const some = records.length < count ? `, the first ${formatCount(records.length)} of them here` : ''
  return (
    <>
      <h3 class="queries-count">
        {plural(count, 'record')} of {topic}
        {some}
      </h3>
      {late === 0 ? null : (
        <p class="queries-note">
          {plural(late, 'more record')} came too late for this window, and is not counted in the row.
        </p>
      )}
      {missing === null ? null : <p class="queries-note">Perhaps not all: {missing}.</p>}
      <ol class="queries-records" aria-label="Records">
        {records.map((record) => (
          <OneRecord key={`${record.partition}:${record.offset}`} record={record} />
        ))}
      </ol>
    </>
  )
}

function OneRecord({ record }: { readonly record: RecordBehind }): VNode {
  const { partition, offset, at, text, isLatin1, cut } = record
  return (
    <li>
      <p class="queries-place">
        <span class="num">
          partition {partition}, offset {formatCount(offset)}
        </span>
        <time dateTime={at} title={at}>
          {formatTime(at, { withDay: true, withMillis: true })}
        </time>
        {isLatin1 ? <span>not UTF-8: shown as ISO-8859-1</span> : null}
      </p>
      <pre>
        <code>{text}</code>
        {cut === 0 ? null : <span class="muted"> … {plural(cut, 'more byte')}</span>}
      </pre>
    </li>
  )
}
