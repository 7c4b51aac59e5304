/** `/version`: which program runs. */
import type { Route } from './route.ts'

export const version: Route = {
  path: '/version',
  add(app, context) {
    app.get('/version', async () => ({ name: 'tailrace', version: context.version, node: process.version }))
  },
}
