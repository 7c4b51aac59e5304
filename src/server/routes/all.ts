/** Every address of the server, in the order in which the documentation has them. */
import { statusEvents } from './events.ts'
import { healthz } from './healthz.ts'
import { metrics } from './metrics.ts'
import { openApiRoute } from './openapi.ts'
import { readyz } from './readyz.ts'
import type { Route } from './route.ts'
import { beginSession, endSession, sessionState } from './session.ts'
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
]

/** All of them, with the address of the document that describes them. */
export const routes: readonly Route[] = [...described, openApiRoute(described)]
