/** Records as a table: with the columns that they decode to, or as they are. */
import type { VNode } from 'preact'
import type { ShownRecord, TopicColumn } from '../../../src/server/api/topics.ts'
import { isNumberType } from '../../chart/columns.ts'
import { Badge } from '../../part/badge.tsx'
import { BytesText } from '../../part/bytes-text.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { escapeHidden } from '../../part/escape-hidden.ts'
import { formatTime } from '../../part/format.ts'
import { type Column, Table } from '../../part/table.tsx'
import { plainText } from '../../rows/value.tsx'
import type { RecordChoice } from './record-start.ts'

/** What is shown of a topic, and how. */
export type RecordsShown = {
  readonly topic: string
  readonly choice: RecordChoice
  /** Empty: records are shown as they are. */
  readonly columns: readonly TopicColumn[]
  onOpen(record: ShownRecord): void
  isOpen(record: ShownRecord): boolean
}

type Props = Omit<RecordsShown, 'topic' | 'choice'> & {
  readonly records: readonly ShownRecord[]
  /** Said where there are none. */
  readonly empty: string
}

export function RecordTable({ records, columns, onOpen, isOpen, empty }: Props): VNode {
  const place: readonly Column<ShownRecord>[] = [
    {
      key: 'place',
      title: 'Offset',
      cell: (record) => (
        <button
          type="button"
          class="link-button num"
          title={`Show the record at offset ${record.offset} of partition ${record.partition}`}
          onClick={() => onOpen(record)}
        >
          {`${record.partition} : ${record.offset}`}
        </button>
      ),
      hint: 'partition and offset',
    },
    {
      key: 'time',
      title: 'Arrived',
      cell: ({ timestamp, timestampType }) => (
        <time
          class="num"
          dateTime={timestamp}
          title={timestampType === 'create' ? `${timestamp}, as its producer says` : timestamp}
        >
          {formatTime(timestamp, { withMillis: true })}
        </time>
      ),
    },
  ]
  const shown = columns.length === 0 ? asTheyAre(records) : asRows(columns, records)
  return (
    <Table
      label="Table of records"
      columns={[...place, ...shown]}
      rows={records}
      keyOf={({ partition, offset }) => `${partition}:${offset}`}
      onOpen={onOpen}
      isOpen={isOpen}
      empty={<EmptyState title={empty} />}
    />
  )
}

/** The key has a column where a record has one. */
function asTheyAre(records: readonly ShownRecord[]): readonly Column<ShownRecord>[] {
  const hasKeys = records.some(({ key }) => key !== null)
  return [...(hasKeys ? [KEY] : []), VALUE]
}

const KEY: Column<ShownRecord> = {
  key: 'key',
  title: 'Key',
  cell: ({ key }) => (key === null ? null : <span class="records-cell">{<BytesText bytes={key} />}</span>),
}

const VALUE: Column<ShownRecord> = {
  key: 'value',
  title: 'Value',
  cell: (record) => <Value record={record} />,
}

function Value({ record: { value } }: { readonly record: ShownRecord }): VNode {
  if (value === null) return <span class="null">NULL: it deletes the row of its key</span>
  return (
    <span class="records-value">
      <BytesText bytes={value} />
    </span>
  )
}

function asRows(columns: readonly TopicColumn[], records: readonly ShownRecord[]): readonly Column<ShownRecord>[] {
  const hasOthers = records.some(({ row }) => row === null)
  const state: Column<ShownRecord> = { key: 'state', title: 'No row', cell: (record) => <NoRow record={record} /> }
  // Columns without a single value only take room.
  const filled = columns.filter(({ name }) => records.some(({ row }) => row !== null && row[name] !== null))
  return [
    ...(hasOthers ? [state] : []),
    ...filled.map(
      ({ name, type }): Column<ShownRecord> => ({
        key: `column ${name}`,
        title: name,
        hint: type,
        isNumber: isNumberType(type),
        cell: ({ row }) => (row === null ? null : <Cell value={row[name]} />),
      }),
    ),
  ]
}

/** Of a value in a cell, which is one line, and in its title. */
const MOST_CHARACTERS = 4000

function Cell({ value }: { readonly value: unknown }): VNode {
  if (value === null || value === undefined) return <span class="null">NULL</span>
  const plain = plainText(value)
  const text = escapeHidden(plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}…` : plain)
  return (
    <span class="records-cell" title={text.length > 40 ? text : undefined}>
      {text}
    </span>
  )
}

function NoRow({ record: { value, noRow } }: { readonly record: ShownRecord }): VNode | null {
  if (value === null) return <Badge tone="off">deletes</Badge>
  if (noRow === null) return null
  const tone = noRow.kind === 'unknown' ? 'off' : 'warn'
  return (
    <Badge tone={tone} title={noRow.reason}>
      {noRow.kind === 'unknown' ? 'not decoded' : noRow.kind}
    </Badge>
  )
}
