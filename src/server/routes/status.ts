/** `/api/v1/status`: what `tailrace status --json` prints; `tailrace schema status` has its form. */
import type { Route } from './route.ts'

export const status: Route = {
  path: '/api/v1/status',
  add(app, { feed }) {
    app.get('/api/v1/status', () => feed.status())
  },
}
