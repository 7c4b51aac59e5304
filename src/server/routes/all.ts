/** Every address of the server, in the order in which the documentation has them. */
import { alertRoutes } from './alerts/alerts.ts'
import { silenceRoutes } from './alerts/silences.ts'
import { deadGroupsOf } from './dead/groups.ts'
import { deadLetters } from './dead/letters.ts'
import { deadOverview } from './dead/overview.ts'
import { sendDeadAgain } from './dead/send-again.ts'
import { statusEvents } from './events.ts'
import { healthz } from './healthz.ts'
import { metrics } from './metrics.ts'
import { openApiRoute } from './openapi.ts'
import { pipelineRoute } from './pipeline.ts'
import { rowsAsCsv, rowsAsNdjson } from './queries/download.ts'
import { oneQuery, queries } from './queries/list.ts'
import { queryRecords } from './queries/records.ts'
import { queryRowEvents } from './queries/row-events.ts'
import { queryRows } from './queries/rows.ts'
import { readyz } from './readyz.ts'
import { reportRoutes } from './reports/reports.ts'
import { reportRowRoutes } from './reports/rows.ts'
import type { Route } from './route.ts'
import { beginSession, endSession, sessionState } from './session.ts'
import { sqlCheck } from './sql/check.ts'
import { sqlComplete } from './sql/complete.ts'
import { sqlExplain } from './sql/explain.ts'
import { sqlKeep } from './sql/keep.ts'
import { sqlLive } from './sql/live.ts'
import { sqlRun } from './sql/run.ts'
import { sqlTables } from './sql/tables.ts'
import { status } from './status.ts'
import { bus } from './topics/bus.ts'
import { group, groups } from './topics/groups.ts'
import { records } from './topics/records.ts'
import { recordsEvents } from './topics/records-events.ts'
import { topic } from './topics/topic.ts'
import { topics } from './topics/topics.ts'
import { version } from './version.ts'

const ofQueries: readonly Route[] = [
  queries,
  oneQuery,
  queryRows,
  queryRowEvents,
  rowsAsCsv,
  rowsAsNdjson,
  queryRecords,
]
const ofTopics: readonly Route[] = [bus, topics, topic, records, recordsEvents, groups, group]
const ofSql: readonly Route[] = [sqlTables, sqlCheck, sqlComplete, sqlExplain, sqlRun, sqlLive, sqlKeep]
const ofDeadLetters: readonly Route[] = [deadOverview, deadGroupsOf, deadLetters, sendDeadAgain]

const described: readonly Route[] = [
  healthz,
  readyz,
  metrics,
  version,
  sessionState,
  beginSession,
  endSession,
  status,
  statusEvents,
  ...ofQueries,
  pipelineRoute,
  ...alertRoutes,
  ...silenceRoutes,
  ...reportRoutes,
  ...reportRowRoutes,
  ...ofTopics,
  ...ofDeadLetters,
  ...ofSql,
]

/** All of them, with the address of the document that describes them. */
export const routes: readonly Route[] = [...described, openApiRoute(described)]
