/** The rows that an alert puts out: what happened, when, in words, and the row of the query that it is about. */
import type { EventTime } from '../../base/quantity.ts'
import { uuidOf } from '../../base/uuid.ts'
import { ndjsonEncoder } from '../../format/write/json.ts'
import { type Batch, batchOfRows, type Column, columnOf, type Value } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import { ALERT_FIELDS, alertFields } from '../../sql/plan/alert.ts'
import type { AlertState } from '../../sql/plan/alert-words.ts'
import type { AlertRule } from '../../sql/plan/plan.ts'
import { openTemplateRows } from '../../template/columns.ts'
import { fillTemplate } from '../../template/fill.ts'
import { RowStore } from '../sort/row-store.ts'

/** Longest message, in UTF-16 units. */
const LONGEST_MESSAGE = 4000

/** Of one alert: since when there was trouble, and when it fired. */
export type Firing = { readonly since: EventTime; readonly fired: EventTime }

type Happened = Firing & { readonly state: AlertState; readonly at: EventTime }

/** Gathers rows and makes a batch of them. Times are instants. */
export class AlertOutput {
  readonly #rule: AlertRule
  readonly #happened: Happened[] = []
  #rows: RowStore
  readonly #fields: readonly Field[]
  readonly #message: (batch: Batch) => (row: number) => string
  readonly #ids: (batch: Batch, fired: readonly EventTime[]) => readonly string[]

  /** `row`: the fields of the query's rows. */
  constructor(rule: AlertRule, row: readonly Field[]) {
    this.#rule = rule
    this.#fields = row
    this.#rows = new RowStore(row)
    this.#message = messages(rule, row)
    this.#ids = idsOf(rule, row)
  }

  add(happened: Happened, from: Batch, row: number): void {
    this.#happened.push(happened)
    this.#rows.append(from, Int32Array.of(row), 1)
  }

  /** The rows that were added since the last call; undefined where there are none. */
  take(): Batch | undefined {
    const happened = this.#happened.splice(0)
    if (happened.length === 0) return undefined
    const rows = this.#rows.batch()
    this.#rows = new RowStore(this.#fields)
    const { name, severity } = this.#rule
    const ids = this.#ids(
      rows,
      happened.map(({ fired }) => fired),
    )
    const cells: { readonly [column: string]: (one: Happened, index: number) => Value } = {
      alert: () => name,
      state: ({ state }) => state,
      severity: () => severity,
      id: (_, index) => ids[index] ?? null,
      since: ({ since }) => since,
      at: ({ at }) => at,
    }
    const lead = LEAD.map(({ name, type }) => columnOf(type, happened.map(cells[name] ?? (() => null))))
    const textOf = this.#message(batchOfRows(rows.count, [...lead, ...rows.columns]))
    const message = columnOf(
      MESSAGE.type,
      happened.map((_, row) => textOf(row)),
    )
    return batchOfRows(rows.count, [...lead, message, ...rows.columns])
  }
}

const MESSAGE = ALERT_FIELDS.at(-1) as Field
const LEAD: readonly Field[] = ALERT_FIELDS.slice(0, -1)

/** The fields that the message of an alert may name. */
export const messageFields = (row: readonly Field[]): readonly Field[] =>
  alertFields(row).filter(({ name }) => name !== MESSAGE.name)

function messages({ message }: AlertRule, row: readonly Field[]): (batch: Batch) => (row: number) => string {
  const values = openTemplateRows([message], messageFields(row))
  return (batch) => {
    const jsonOf = values(batch)
    return (index) => fillTemplate(message, jsonOf(index), { most: LONGEST_MESSAGE }) ?? TOO_LONG
  }
}

const TOO_LONG = `(the message is longer than ${LONGEST_MESSAGE} characters)`

/**
 * The id of a firing: UUID of ["PIPELINE","alert","NAME","KEY",FIRED], KEY being the text of the JSON object of the key columns, FIRED in ms.
 * All rows of one firing have it.
 */
export function idsOf(
  { pipeline, name, key }: AlertRule,
  fields: readonly Field[],
): (batch: Batch, fired: readonly EventTime[]) => readonly string[] {
  const keyFields = key.map((column) => fields[column] as Field)
  return (batch, fired) => {
    const keys = rowTexts(keyFields, { ...batch, columns: key.map((column) => batch.columns[column] as Column) })
    return fired.map((at, row) => uuidOf(pipeline, 'alert', name, keys[row] ?? '{}', at))
  }
}

/** Rows with these fields as JSON objects; none where there are no fields. */
export function rowTexts(fields: readonly Field[], batch: Batch): readonly string[] {
  if (fields.length === 0 || batch.count === 0) return []
  const ends = new Int32Array(batch.count)
  const bytes = Buffer.from(ndjsonEncoder(fields).encode(batch, 0, batch.count, ends))
  return Array.from(ends, (end, row) => bytes.toString('utf8', row === 0 ? 0 : (ends[row - 1] as number) + 1, end))
}
