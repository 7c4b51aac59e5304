/** `/healthz`: the process lives, and its loop turns. It says nothing about the pipeline, as a restart would not mend that. */
import { asContent, defineRoute, type Route } from './route.ts'

export const healthz: Route = defineRoute({
  method: 'GET',
  path: '/healthz',
  summary: 'Whether the process lives.',
  isOpen: true,
  answer: asContent('text/plain'),
  async handle() {
    // Another turn of the loop: behind what waits for it already.
    await new Promise(setImmediate)
    return { type: 'text/plain', body: 'ok\n' }
  },
})
