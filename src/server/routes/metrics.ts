/** `/metrics`: the numbers of the run in Prometheus' text format. It answers from what the process knows, and waits for nothing. */
import { openExposition } from '../metrics/exposition.ts'
import { asContent, defineRoute, type Route } from './route.ts'

type Expose = Awaited<ReturnType<typeof openExposition>>

/** By run: its exposition is opened by the first request. */
const opened = new WeakMap<object, Promise<Expose>>()

export const metrics: Route = defineRoute({
  method: 'GET',
  path: '/metrics',
  summary: "The numbers of the run in Prometheus' text format.",
  answer: asContent('text/plain'),
  async handle(_, { run, version }) {
    const opening = opened.get(run) ?? openExposition(run, version)
    opened.set(run, opening)
    const { contentType, text } = await (await opening)()
    return { type: contentType, body: text }
  },
})
