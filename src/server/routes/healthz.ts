/** `/healthz`: the process lives, and its loop turns. It says nothing about the pipeline, as a restart would not mend that. */
import type { Route } from './route.ts'

export const healthz: Route = {
  path: '/healthz',
  add(app) {
    app.get('/healthz', { config: { isOpen: true } }, async (_, reply) => {
      // Another turn of the loop: behind what waits for it already.
      await new Promise(setImmediate)
      return reply.type('text/plain; charset=utf-8').send('ok\n')
    })
  },
}
