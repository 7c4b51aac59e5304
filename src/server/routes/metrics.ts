/** `/metrics`: the numbers of the run in Prometheus' text format. It answers from what the process knows, and waits for nothing. */
import { openExposition } from '../metrics/exposition.ts'
import type { Route } from './route.ts'

export const metrics: Route = {
  path: '/metrics',
  async add(app, { run, version }) {
    const expose = await openExposition(run, version)
    app.get('/metrics', async (_, reply) => {
      const { contentType, text } = await expose()
      return reply.type(contentType).send(text)
    })
  },
}
