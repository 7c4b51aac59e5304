/**
 * The rows of a query as a table: those that come, with those of the open windows above them, or an older page. The table has a
 * page of rows at a time, so it is as fast after an hour as at the start.
 */
import type { ComponentChildren, VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { QueryDescription, ResultColumn } from '../../../src/server/api/queries.ts'
import type { OpenRowsEvent, ResultRow, ResultRows, RowValues } from '../../../src/server/api/rows.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { isNumberType } from '../../chart/columns.ts'
import { Badge } from '../../part/badge.tsx'
import { DownloadLink } from '../../part/download-link.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Pager } from '../../part/pager.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { Value } from '../../rows/value.tsx'
import { keyOf, type LiveView } from './live-rows.ts'
import { inOrder, rowText, shownValue } from './values.ts'

const PAGE_ROWS = 50
/** Rows of open windows that the table shows; the chart has all of them. */
const OPEN_ROWS = 20

/** `row` undefined: a row of an open window. */
type Line = { readonly id: string; readonly values: RowValues; readonly row: ResultRow | undefined }

type Props = {
  readonly query: QueryDescription
  readonly view: LiveView
  readonly chosen: ResultRow | undefined
  onChoose(row: ResultRow): void
}

export function RowsPanel({ query, view, chosen, onChoose }: Props): VNode {
  /** The places that the pages shown so far end at, the newest first; none: the rows that come are shown. */
  const [places, setPlaces] = useState<readonly string[]>([])
  const path = `/api/v1/queries/${encodeURIComponent(query.name)}`
  const before = places.at(-1)
  const page = useAnswer<ResultRows>(
    before === undefined ? null : `${path}/rows?limit=${PAGE_ROWS}&before=${encodeURIComponent(before)}`,
  )
  const isLive = before === undefined
  const ordered = useMemo(() => inOrder(view.rows, query.columns), [view.rows, query])
  const shown = isLive ? ordered.slice(0, PAGE_ROWS) : inOrder(page.value?.rows ?? [], query.columns)
  const lines = [
    ...(isLive ? openLines(view.open) : []),
    ...shown.map((row) => ({
      id: isLive ? keyOf(row) : `${row.partition}:${row.offset}`,
      values: row.row ?? row.key ?? {},
      row,
    })),
  ]
  const older = isLive ? olderThan(shown, view.rows) : (page.value?.older ?? undefined)
  const canOpen = query.withoutRecords === null
  return (
    <Panel
      title="Rows"
      aside={isLive ? <OpenNote open={view.open} /> : <span>older rows</span>}
      actions={
        <>
          <DownloadLink href={`${path}/rows.csv`} name={`${query.name}.csv`}>
            CSV
          </DownloadLink>
          <DownloadLink href={`${path}/rows.ndjson`} name={`${query.name}.ndjson`}>
            JSON lines
          </DownloadLink>
        </>
      }
      isFlush
    >
      {page.error === undefined || isLive ? null : <ErrorNote error={page.error} onRetry={page.reload} />}
      <Table
        label={`Rows of ${query.name}`}
        columns={columnsOf(query, canOpen ? onChoose : undefined)}
        rows={lines}
        keyOf={({ id }) => id}
        rowClass={({ row }) => (row === undefined ? 'queries-open' : row.row === null ? 'queries-gone' : undefined)}
        isOpen={({ row }) => row !== undefined && row === chosen}
        {...(canOpen ? { onOpen: ({ row }: Line) => row?.row && onChoose(row) } : {})}
        empty={<NoRows query={query} />}
      />
      <div class="queries-foot">
        <Pager
          label="rows"
          onBefore={isLive ? undefined : () => setPlaces(places.slice(0, -1))}
          onNext={older === undefined ? undefined : () => setPlaces([...places, older])}
        >
          {isLive ? 'the newest rows' : `page ${formatCount(places.length + 1)}`}
        </Pager>
        {canOpen ? null : <p class="queries-note">The records behind a row cannot be shown: {query.withoutRecords}.</p>}
      </div>
    </Panel>
  )
}

/**
 * The place before the rows that are shown: those that stand further down in the table are older. Undefined where nothing is.
 */
function olderThan(shown: readonly ResultRow[], all: readonly ResultRow[]): string | undefined {
  if (shown.length === 0) return undefined
  const first = new Map<number, number>()
  for (const { partition, offset } of shown) {
    first.set(partition, Math.min(offset, first.get(partition) ?? Number.POSITIVE_INFINITY))
  }
  // A partition of which no row is shown has all of its rows before this place.
  for (const { partition, offset } of all) if (!first.has(partition)) first.set(partition, offset + 1)
  const place = [...first].sort(([a], [b]) => a - b)
  return place.every(([, offset]) => offset === 0) ? undefined : place.map((pair) => pair.join(':')).join()
}

const openLines = ({ rows }: OpenRowsEvent): readonly Line[] =>
  rows.slice(-OPEN_ROWS).map((values, index) => ({ id: `open ${index}`, values, row: undefined }))

function OpenNote({ open: { rows, more, hidden } }: { readonly open: OpenRowsEvent }): VNode | null {
  if (hidden !== null) return <span>Open windows are not shown: {hidden}</span>
  const count = rows.length + more
  if (count === 0) return null
  const beyond = count - Math.min(OPEN_ROWS, rows.length)
  return (
    <span>
      {plural(count, 'row')} of open windows so far
      {beyond === 0 ? '' : `, ${formatCount(beyond)} of them not in the table`}
    </span>
  )
}

const NoRows = ({ query: { window } }: Pick<Props, 'query'>): VNode => (
  <EmptyState title="No rows yet">
    {window === null ? 'They come with the next records.' : 'They come when the first window closes.'}
  </EmptyState>
)

function columnsOf(
  { columns }: QueryDescription,
  onOpen: ((row: ResultRow) => void) | undefined,
): readonly Column<Line>[] {
  return columns.map((column, index) => ({
    key: column.name,
    title: column.name,
    hint: column.type,
    isNumber: isNumberType(column.type),
    cell: (line) => (index === 0 ? <FirstCell line={line} columns={columns} onOpen={onOpen} /> : textOf(line, column)),
  }))
}

function textOf({ values }: Line, column: ResultColumn): ComponentChildren {
  const value = values[column.name]
  return typeof value === 'number' ? shownValue(value, column) : <Value value={value} type={column.type} />
}

type FirstProps = {
  readonly line: Line
  readonly columns: readonly ResultColumn[]
  readonly onOpen: ((row: ResultRow) => void) | undefined
}

function FirstCell({ line, columns, onOpen }: FirstProps): VNode {
  const [column] = columns
  const text = column === undefined ? '' : textOf(line, column)
  const { row, values } = line
  if (row === undefined) {
    return (
      <span class="queries-first">
        {text} <Badge tone="busy">open</Badge>
      </span>
    )
  }
  if (row.row === null) {
    return (
      <span class="queries-first">
        {text} <Badge tone="off">deleted</Badge>
      </span>
    )
  }
  if (onOpen === undefined) return <span class="queries-first">{text}</span>
  return (
    <button
      type="button"
      class="queries-row"
      aria-label={`Records behind ${rowText(values, columns)}`}
      onClick={() => onOpen(row)}
    >
      {text}
    </button>
  )
}
