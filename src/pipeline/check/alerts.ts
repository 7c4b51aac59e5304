/** The alerts of a pipeline file: each is a query over the rows of another, with a sink for each of its notifiers. */
import { collectFailure } from '../../base/failure.ts'
import { durationText } from '../../base/units.ts'
import { ALERT_FIELDS } from '../../sql/plan/alert.ts'
import { alertTopic, type CheckedAlert, type CheckedQuery, type CheckedSink } from '../checked.ts'
import type { PlainAlert } from '../definition.ts'
import type { Path } from '../file/yaml-tree.ts'
import { groupName } from '../group.ts'
import { planAlert } from './alert/rule.ts'
import { checkTellers } from './alert/tellers.ts'
import { topicsBehind } from './alert/time.ts'
import { checkUnreachable, UNREACHABLE } from './alert/unreachable.ts'
import { type Checking, isBroken, namesIn } from './checking.ts'
import { resultOf } from './queries.ts'
import { stateLimit } from './space.ts'
import { didYouMean } from './spelled-in-file.ts'

export type CheckedAlerts = { readonly alerts: readonly CheckedAlert[]; readonly tellers: readonly CheckedSink[] }

/** Checks all alerts and adds their tables; wrong ones are among the failures. */
export function checkAlerts(queries: readonly CheckedQuery[], checking: Checking): CheckedAlerts {
  const { file, failures, broken } = checking
  const byName = new Map(queries.map((query) => [query.name, query]))
  const alerts: CheckedAlert[] = []
  const tellers: CheckedSink[] = []
  for (const [name, entry] of Object.entries(file.alerts)) {
    const checked = collectFailure(failures, () => {
      refuseTaken(name, checking)
      return name === UNREACHABLE ? checkUnreachable(entry, checking) : checkAlert(name, entry, byName, checking)
    })
    if (checked === undefined) broken.add(name)
    else {
      alerts.push(checked.alert)
      tellers.push(...checked.tellers)
    }
  }
  return { alerts, tellers }
}

function refuseTaken(name: string, { file, tables, text }: Checking): void {
  const onBus = alertTopic(file.name, name)
  const others = [...tables.values()].some(({ topic }) => topic.name === name || topic.topic === onBus)
  const isTaken =
    others || Object.hasOwn(file.tables, name) || Object.hasOwn(file.reports, name) || Object.hasOwn(file.queries, name)
  if (!isTaken && !Object.hasOwn(file.topics, name) && !Object.hasOwn(file.topics, onBus)) return
  throw text.failure(['alerts', name], `alert "${name}" has the name of a topic, query, table or report`, { at: 'key' })
}

type Queries = ReadonlyMap<string, CheckedQuery>

type One = { readonly alert: CheckedAlert; readonly tellers: readonly CheckedSink[] }

/** Undefined where the alert only repeats the mistake of its query. */
function checkAlert(name: string, entry: PlainAlert, queries: Queries, checking: Checking): One | undefined {
  const { file, tables } = checking
  const from = queryOf(name, entry, queries, checking)
  if (from === undefined) return undefined
  const query = planAlert({ name, entry, from, queries }, checking)
  warnOfIdle(name, entry, from.name, { queries, checking })
  const place = { name, topic: alertTopic(file.name, name), path: ['alerts', name], retention: entry.retention }
  const result = resultOf(place, query, [from.name], checking)
  tables.set(name, result)
  const checked: CheckedQuery = {
    name,
    query,
    reads: [from.name],
    lookups: [],
    inWindows: false,
    stateLimit: stateLimit(name, checking),
    group: groupName(file.name, 'query', name),
    inFile: ({ message, hint }) => checking.text.failure(['alerts', name], message, { at: 'key', hint }),
  }
  const key = (query.alert?.key ?? []).map((column) => {
    return { name: from.query.plan.fields[column]?.name ?? '', column: ALERT_FIELDS.length + column }
  })
  const tellers = checkTellers({ name, entry, key, topic: result.topic, rowKey: query.rowKey ?? [] }, checking)
  const notifiers = tellers.map((teller) => teller.name)
  const about = {
    name,
    severity: entry.severity,
    from: from.name,
    key: key.map((one) => one.name),
    conditions: { when: entry.when, clear: entry.clear, minCount: entry.min_count },
    notifiers,
    unreachableMs: undefined,
  }
  return { alert: { ...about, query: checked }, tellers }
}

/** The query whose rows are watched; undefined where it has a mistake of its own. */
function queryOf(name: string, entry: PlainAlert, queries: Queries, checking: Checking): CheckedQuery | undefined {
  const { file, text } = checking
  const at: Path = ['alerts', name, 'from']
  const { from } = entry
  if (from === undefined) {
    throw text.failure(['alerts', name], `alert "${name}" does not say which rows it watches`, {
      at: 'key',
      hint: `Name a query: from: QUERY. ${didYouMean('', namesIn(checking, ['queries']))}`,
    })
  }
  const query = queries.get(from)
  if (query !== undefined) return query
  if (Object.hasOwn(file.topics, from) || Object.hasOwn(file.views, from)) {
    const what = Object.hasOwn(file.topics, from) ? 'topic' : 'view'
    const hint = `Make a query of what counts as trouble, such as: SELECT * FROM ${from}`
    throw text.failure(at, `"${from}" is a ${what}, and an alert watches the rows of a query`, { hint })
  }
  if (Object.hasOwn(file.alerts, from)) {
    const hint = `Let this one watch the query that ${from} watches: two alerts may be over the same rows.`
    throw text.failure(at, `"${from}" is an alert, and an alert watches the rows of a query`, { hint })
  }
  if (isBroken(checking, from)) return undefined
  const hint = didYouMean(from, namesIn(checking, ['queries']))
  throw text.failure(at, `there is no query "${from}"`, { hint })
}

type Behind = { readonly queries: Queries; readonly checking: Checking }

/** The clock of a topic goes on without records only once it is idle. */
function warnOfIdle(name: string, { absent }: PlainAlert, from: string, { queries, checking }: Behind): void {
  if (absent === undefined) return
  const { text, warnings, tables } = checking
  const at: Path = ['alerts', name, 'absent']
  const slow = topicsBehind(from, tables, queries).filter(({ idleMs }) => idleMs === undefined || idleMs > absent)
  for (const { topic, idleMs } of new Map(slow.map((one) => [one.topic, one])).values()) {
    const hint = `Give topic ${topic} a shorter idle: idle: ${durationText(absent)}`
    const message =
      idleMs === undefined
        ? `where topic "${topic}" is silent, its clock stands still: the alert fires when its next record comes`
        : `where topic "${topic}" is silent, the alert fires when that is idle: after ${durationText(idleMs)}`
    warnings.push(text.failure(at, message, { hint }))
  }
}
