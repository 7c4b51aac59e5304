/**
 * `/readyz`: 200 where every part of the pipeline is open and none fails, else 503, with the parts that are not, in words: as
 * text, or as JSON where the request accepts that. Without the token it says no more than whether it is ready.
 */
import { type Readiness, readinessOf } from '../../run/status/readiness.ts'
import { asContent, defineRoute, type Route } from './route.ts'

export const readyz: Route = defineRoute({
  method: 'GET',
  path: '/readyz',
  summary: 'Whether every part of the pipeline is open and works.',
  isOpen: true,
  answer: asContent('text/plain', 'application/json'),
  alsoAs: { 503: 'A part is not open, or fails.' },
  handle({ accept, isTrusted }, { run }) {
    const known = readinessOf(run.status(), run.declared())
    const readiness = isTrusted ? known : { ...known, parts: [] }
    const status = readiness.ready ? 200 : 503
    if (/\bjson\b/.test(accept)) return { status, type: 'application/json', body: JSON.stringify(readiness) }
    return { status, type: 'text/plain', body: textOf(readiness) }
  },
})

/** `ready`, or `not ready` and a line for each part that is not. */
function textOf({ ready, parts }: Readiness): string {
  const lines = parts.flatMap((one) => (one.ready ? [] : `${one.part}: ${one.why}`))
  return `${[ready ? 'ready' : 'not ready', ...lines].join('\n')}\n`
}
