/** Notifications of the rows of an alert: what is said of several keys at once. */

import type { Offset } from '../base/quantity.ts'
import { countText } from '../base/units.ts'
import { uuidOf } from '../base/uuid.ts'
import { rowTexts } from '../engine/alert/output.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { ALERT_FIELDS } from '../sql/plan/alert.ts'
import type { AlertState, Severity } from '../sql/plan/alert-words.ts'
import type { Notification, NotifiedKey } from './notifier.ts'

/** Most keys of one notification: as many rows as a notifier gets at once. */
export const MOST_KEYS = 1000
/** Messages in the text of a notification; the others are counted. */
const LISTED = 20
/** UTF-16 units of the messages in the text, the first one aside: chats refuse texts that are much longer, again and again. */
const LONGEST_TEXT = 4000

/** A row of an alert, and its place in the topic. */
export type AlertRow = NotifiedKey & {
  readonly state: AlertState
  readonly severity: Severity
  readonly offset: Offset
  /** When it was found, ms since 1970. */
  readonly found: number
}

/** Where the columns of the key are among those of the rows, by their names in the query. */
export type KeyColumns = readonly { readonly name: string; readonly column: number }[]

/** Reads the rows of a batch; `placeOf` gives the offset and arrival of each. */
export function alertRows(
  fields: readonly Field[],
  key: KeyColumns,
): (batch: Batch, placeOf: (row: number) => Pick<AlertRow, 'offset' | 'found'>) => readonly AlertRow[] {
  const lead = new Set(ALERT_FIELDS.map(({ name }) => name))
  return (batch, placeOf) =>
    rowTexts(fields, batch).map((text, row) => {
      const values = JSON.parse(text) as { [name: string]: unknown }
      const { id, since, at, message, state, severity } = values as unknown as AlertRow
      const of = key.map(({ name, column }) => [name, values[(fields[column] as Field).name]] as const)
      const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !lead.has(name)))
      return { id, since, at, message, state, severity, key: Object.fromEntries(of), row: rest, ...placeOf(row) }
    })
}

const WORDS = { firing: 'fires', reminder: 'still fires', resolved: 'is resolved' } as const

/** The notification of rows of one state. */
export function notificationOf(
  pipeline: string,
  alert: string,
  rows: readonly Pick<AlertRow, keyof NotifiedKey | 'state' | 'severity'>[],
): Notification {
  const [{ state = 'firing', severity = 'warning' } = {}] = rows
  const keys = rows.map(({ id, since, at, message, key, row }) => ({ id, since, at, message, key, row }))
  // Reminders of one firing have one id, and each is another.
  const ids = rows.map(({ id, at }) => (state === 'reminder' ? `${id} ${at}` : id)).sort()
  const many = rows.length === 1 ? '' : ` for ${countText(rows.length, 'key')}`
  const shown = listed(rows.map(({ message }) => message))
  const others = rows.length - shown.length
  return {
    id: uuidOf(pipeline, 'notification', alert, state, ids),
    pipeline,
    alert,
    state,
    severity,
    title: `${severity}: ${alert} ${WORDS[state]}${many}`,
    text: [...shown, ...(others === 0 ? [] : [`… and ${countText(others, 'other')}`])].join('\n'),
    keys,
    count: rows.length,
  }
}

/** The first messages: as many as a text has room for. */
function listed(messages: readonly string[]): readonly string[] {
  let length = 0
  const first = messages.slice(0, LISTED)
  const end = first.findIndex((message, index) => {
    length += message.length + 1
    return index > 0 && length > LONGEST_TEXT
  })
  return end < 0 ? first : first.slice(0, end)
}
