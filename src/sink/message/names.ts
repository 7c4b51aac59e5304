/**
 * What templates of sinks can name besides the columns. A column of the same name comes first.
 *
 *   row.key        of the row: its key as a JSON object, as on the bus
 *   row.uuid       a UUID made of that
 *   row.time_ns    its event time, nanoseconds since 1970; nothing where it has none
 *   message.id     of the request or mail: a UUID that is the same whenever the same rows are sent again, also by another run
 *   message.count  how many rows are in it
 *
 * The id of a message of one row is made of the row key; that of a message of several rows, of the partition and the offsets
 * of their records. The name of the sink is in it, as two sinks may send the same row to one place.
 */

import type { Offset } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import { uuidOf } from '../../base/uuid.ts'
import type { StringColumn } from '../../record/column.ts'
import { type Field, isTimestamp } from '../../record/type.ts'
import { openTemplateRows } from '../../template/columns.ts'
import type { JsonOf } from '../../template/fill.ts'
import { type Template, valuesIn } from '../../template/template.ts'
import type { Delivery, SinkContext, SinkRows } from '../sink.ts'
import { rowKeyTexts, uuidTexts } from '../table/row-key.ts'

/** Whether a template is filled for each row, or once for a message. */
export type TemplateScope = 'row' | 'message'

const OF_ROW = ['row.key', 'row.uuid', 'row.time_ns']
const OF_MESSAGE = ['message.id', 'message.count']

/** The names that a template may have. */
export const templateNames = ({ fields }: Pick<SinkRows, 'fields'>, scope: TemplateScope): readonly string[] =>
  scope === 'row' ? [...fields.map(({ name }) => name), ...OF_ROW, ...OF_MESSAGE] : OF_MESSAGE

/** The column of event time: the topic's own, or the window that the row belongs to. */
export const timeColumn = (fields: readonly Field[]): number | undefined =>
  [
    fields.findIndex(({ rowtime }) => rowtime === true),
    fields.findIndex(({ window }) => window === 'time'),
    fields.findIndex(({ window }) => window === 'end'),
  ].find((index) => index >= 0)

/** The rows of a delivery, as templates see them. */
export type NamedRows = {
  readonly count: number
  readonly values: (row: number) => JsonOf
  /** The id of the message that the row is in. */
  readonly id: (row: number) => string
  /** The same rows where a message is of `count` of them, those of the records at the offsets [from, to). */
  part(from: Offset, to: Offset, count: number): NamedRows
}

type Naming = SinkRows & Pick<SinkContext, 'name'>

/**
 * Opens what gives the rows of deliveries to templates. `per`: what a message is of, each row alone or all rows of the delivery.
 * What it gives for a delivery is valid until its next call.
 */
export function openNames(
  templates: readonly Template[],
  context: Naming,
  per: TemplateScope,
): (delivery: Delivery) => NamedRows {
  const columns = openTemplateRows(templates, context.fields)
  const keys = rowKeyTexts(context)
  const uuids = uuidTexts(context, keys)
  const ids = uuidTexts({ ...context, from: ownName(context) }, keys)
  const names = new Set(templates.flatMap((template) => valuesIn(template).map(({ name }) => name)))
  for (const { name } of context.fields) names.delete(name)
  const times = names.has('row.time_ns') ? timesOf(context) : undefined
  return (delivery) => {
    const { partition, baseOffset, records, rows } = delivery
    const own = new Map<string, TextOfRow>()
    const rowIds = per === 'row' ? textsOf(ids(delivery)) : undefined
    if (names.has('row.uuid')) own.set('row.uuid', quoted(textsOf(uuids(delivery))))
    // The last, as what is made of the keys asks for them again.
    if (names.has('row.key')) own.set('row.key', textsOf(keys(delivery)))
    if (times !== undefined) own.set('row.time_ns', times(delivery))
    const ofColumns = columns(rows)
    const part: NamedRows['part'] = (from, to, count) => {
      const id = rowIds ?? always(batchId(context, partition, [from, to - 1]))
      const ofMessage = new Map([
        ['message.id', quoted(id)],
        ['message.count', always(per === 'row' ? '1' : String(count))],
      ])
      const values = (row: number): JsonOf => {
        const ofRow = ofColumns(row)
        return (name) => (names.has(name) ? (own.get(name) ?? ofMessage.get(name))?.(row) : undefined) ?? ofRow(name)
      }
      return { count, values, id, part }
    }
    return part(baseOffset, baseOffset + records.count, rows.count)
  }
}

type TextOfRow = (row: number) => string

const always =
  (text: string): TextOfRow =>
  () =>
    text

const quoted =
  (texts: TextOfRow): TextOfRow =>
  (row) =>
    JSON.stringify(texts(row))

function textsOf({ bytes, start, end }: StringColumn): TextOfRow {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (row) => buffer.toString('utf8', start[row], end[row])
}

/** `#` is in no name of a pipeline file. */
const ownName = ({ from, name }: Naming): string => `${from}#${name}`

const batchId = (context: Naming, partition: number, offsets: readonly [Offset, Offset]): string =>
  uuidOf(context.pipeline, ownName(context), { topic: context.topic, partition, offsets })

/** The event times of rows, as JSON texts. A wall clock is read in the pipeline's time zone. */
function timesOf({ fields, timezone }: Naming): ((delivery: Delivery) => TextOfRow) | undefined {
  const index = timeColumn(fields)
  const type = index === undefined ? undefined : fields[index]?.type
  if (index === undefined || type === undefined || !isTimestamp(type)) return undefined
  const zone = zoneRules(timezone)
  return ({ rows }) => {
    const column = rows.columns[index]
    return (row) => {
      if (column?.kind !== 'double' || column.nulls?.[row] === 1) return 'null'
      const value = column.values[row] as number
      return `"${type.kind === 'TIMESTAMP' ? zone.toInstant(value) : value}000000"`
    }
  }
}
