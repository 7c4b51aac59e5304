/** Every address of the server, in the order in which the documentation has them. */
import { statusEvents } from './events.ts'
import { healthz } from './healthz.ts'
import { metrics } from './metrics.ts'
import { openApiRoute } from './openapi.ts'
import { readyz } from './readyz.ts'
import type { Route } from './route.ts'
import { beginSession, endSession, sessionState } from './session.ts'
import { sqlCheck } from './sql/check.ts'
import { sqlComplete } from './sql/complete.ts'
import { sqlExplain } from './sql/explain.ts'
import { sqlKeep } from './sql/keep.ts'
import { sqlLive } from './sql/live.ts'
import { sqlRun } from './sql/run.ts'
import { status } from './status.ts'
import { version } from './version.ts'

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
  sqlCheck,
  sqlComplete,
  sqlExplain,
  sqlRun,
  sqlLive,
  sqlKeep,
]

/** All of them, with the address of the document that describes them. */
export const routes: readonly Route[] = [...described, openApiRoute(described)]
