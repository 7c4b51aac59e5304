/**
 * The plan of an alert: the rows of a query with its conditions computed beside them, and above them the operator that says
 * when trouble begins and ends. Its rows are what happened: an alert fires, is still firing (a reminder), is resolved.
 */
import { type Field, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { AlertRule, Query } from './plan.ts'

/** The columns that the row of an alert has before those of the query's row. */
export const ALERT_FIELDS: readonly Field[] = [
  { name: 'alert', type: STRING },
  { name: 'state', type: STRING },
  { name: 'severity', type: STRING },
  { name: 'id', type: STRING },
  { name: 'since', type: TIMESTAMP_LTZ },
  { name: 'at', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'message', type: STRING },
]

/** The columns of an alert over rows with these fields. A second column x is named x0, as in Flink. */
export function alertFields(row: readonly Field[]): readonly Field[] {
  const taken = new Set(ALERT_FIELDS.map(({ name }) => name))
  const own = row.map(({ name, type }) => {
    let free = name
    for (let attempt = 0; taken.has(free); attempt++) free = `${name}${attempt}`
    taken.add(free)
    return { name: free, type }
  })
  return [...ALERT_FIELDS, ...own]
}

/** The query with an alert over its rows. */
export function withAlert(query: Query, alert: AlertRule): Query {
  const { plan } = query
  const fields = alertFields(plan.fields.slice(0, alert.width))
  const at = (name: string) => ALERT_FIELDS.findIndex((field) => field.name === name)
  // One firing is told once, and resolved once; reminders come again and again.
  const rowKey = [at('state'), at('id'), ...(alert.remindMs === undefined ? [] : [at('at')])]
  return {
    ...query,
    plan: { kind: 'alert', input: plan, alert, fields },
    alert,
    rowKey,
    rowKeyParts: rowKey.map((column) => [column]),
  }
}

/** What the state of an alert means depends on this, and what it does next; not who hears of it, and in which words. */
export const alertMeaning = ({ time, watches, key, remindMs }: AlertRule): readonly unknown[] => [
  time,
  watches,
  key,
  remindMs ?? null,
]
