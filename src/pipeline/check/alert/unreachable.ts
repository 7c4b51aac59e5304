/** The alert about sources that cannot be reached. The process that runs says so by its clock; there is no query. */
import { durationText } from '../../../base/units.ts'
import { type Field, STRING } from '../../../record/type.ts'
import { ALERT_FIELDS } from '../../../sql/plan/alert.ts'
import { alertTopic, type CheckedAlert, type CheckedSink, type CheckedTopic } from '../../checked.ts'
import type { PlainAlert } from '../../definition.ts'
import { retained } from '../bus.ts'
import type { Checking } from '../checking.ts'
import { jsonTopic } from '../queries.ts'
import { deadRule, retentionRule } from '../space.ts'
import { checkTellers } from './tellers.ts'

/** Its name, which no other alert can have. */
export const UNREACHABLE = 'unreachable'
const DEFAULT_MS = 60_000

/** The columns of its rows. */
export const UNREACHABLE_FIELDS: readonly Field[] = [
  ...ALERT_FIELDS,
  { name: 'source', type: STRING },
  { name: 'reason', type: STRING },
]

/** Options of other alerts, which this one has not. */
const OTHERS = ['from', 'when', 'clear', 'min_count', 'quiet', 'absent', 'key', 'message', 'remind'] as const

/** Checks the alert and adds its table. Throws a Failure where it has options of other alerts. */
export function checkUnreachable(
  entry: PlainAlert,
  checking: Checking,
): { readonly alert: CheckedAlert; readonly tellers: readonly CheckedSink[] } {
  const { file, text, tables } = checking
  for (const other of OTHERS) {
    if (entry[other] === undefined) continue
    throw text.failure(
      ['alerts', UNREACHABLE, other],
      `the alert "unreachable" is about sources, and has no ${other}`,
      {
        at: 'key',
        hint: `It fires for each source that cannot be reached for ${durationText(entry.for ?? DEFAULT_MS)} (for). Give an alert over a query another name.`,
      },
    )
  }
  const retention = retentionRule(entry.retention, 1, ['alerts', UNREACHABLE], checking)
  const topic: CheckedTopic = {
    ...jsonTopic(UNREACHABLE, alertTopic(file.name, UNREACHABLE), UNREACHABLE_FIELDS),
    partitions: 1,
    settings: retained(retention),
    retention,
    rowtime: UNREACHABLE_FIELDS.findIndex((field) => field.rowtime === true),
    idleMs: undefined,
    maxAhead: undefined,
    dead: deadRule({ name: UNREACHABLE, partitions: 1, retention }, undefined, checking),
    rules: [],
    fingerprint: UNREACHABLE,
    meaning: UNREACHABLE,
  }
  tables.set(UNREACHABLE, { topic, table: { name: UNREACHABLE, fields: topic.fields, rowtime: undefined } })
  const key = [{ name: 'source', column: ALERT_FIELDS.length }]
  const rowKey = ['state', 'id'].map((name) => topic.fields.findIndex((field) => field.name === name))
  const tellers = checkTellers({ name: UNREACHABLE, entry, key, topic, rowKey }, checking)
  const alert: CheckedAlert = {
    name: UNREACHABLE,
    severity: entry.severity,
    query: undefined,
    unreachableMs: entry.for ?? DEFAULT_MS,
    from: undefined,
    key: ['source'],
    conditions: {},
    notifiers: tellers.map(({ name }) => name),
  }
  return { alert, tellers }
}
