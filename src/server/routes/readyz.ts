/**
 * `/readyz`: 200 where every part of the pipeline is open and none fails, else 503, with the parts that are not, in words: as
 * text, or as JSON where the request accepts that. Without the token it says no more than whether it is ready.
 */
import { type Readiness, readinessOf } from '../../run/status/readiness.ts'
import { isTrusted } from '../access.ts'
import type { Route } from './route.ts'

export const readyz: Route = {
  path: '/readyz',
  add(app, { run, access }) {
    app.get('/readyz', { config: { isOpen: true } }, async (request, reply) => {
      const known = readinessOf(run.status(), run.declared())
      const readiness = isTrusted(request.headers, access) ? known : { ...known, parts: [] }
      reply.code(readiness.ready ? 200 : 503)
      if (/\bjson\b/.test(request.headers.accept ?? '')) return reply.send(readiness)
      return reply.type('text/plain; charset=utf-8').send(textOf(readiness))
    })
  },
}

/** `ready`, or `not ready` and a line for each part that is not. */
function textOf({ ready, parts }: Readiness): string {
  const lines = parts.flatMap((one) => (one.ready ? [] : `${one.part}: ${one.why}`))
  return `${[ready ? 'ready' : 'not ready', ...lines].join('\n')}\n`
}
