/** `/api/v1/silences` and those of an alert: for how long nobody hears of it. */
import * as z from 'zod'
import { silenceId } from '../../../alert/silences.ts'
import type { Duration, EventTime } from '../../../base/quantity.ts'
import { DURATION, parseQuantity } from '../../../base/units.ts'
import { parseInstant } from '../../../pipeline/span.ts'
import { MOST_REASON } from '../../../run/alerts/requests.ts'
import { silenceView } from '../../../run/alerts/schema.ts'
import type { SilenceView } from '../../../run/alerts/standing.ts'
import { shownSilences } from '../../../run/alerts/view.ts'
import type { ServedRun } from '../../../run/served/served-run.ts'
import { RequestError } from '../../../source/request-error.ts'
import type { SilenceWish } from '../../api/alerts.ts'
import { askServed } from '../../ask-run.ts'
import { namedPart, openRunOf } from '../../open-run.ts'
import { defineRoute, inJson, page, pageOf, paging, type Route } from '../route.ts'

const MOST_SILENCE_MS: Duration = 3660 * 86_400_000
const MAX_CHARACTERS = 1024

const text = z.string().max(MAX_CHARACTERS)
/** As the keys of alerts have it, where that keeps all digits. A silence knows it as text. */
const keyValue = z.union([text, z.int(), z.boolean()]).transform(String)
const body: z.ZodType<SilenceWish> = z.strictObject({
  key: z.record(text, keyValue).optional().describe('only keys with these values; else all'),
  for: text.optional().describe('how long: 4h'),
  until: text.optional().describe("a time, in the pipeline's zone unless it names another: 2026-12-02 08:00"),
  reason: z.string().max(MOST_REASON).optional(),
})

const list: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/silences',
  summary: 'The silences that have not ended.',
  query: z.object(paging),
  answer: inJson(page(silenceView)),
  handle: ({ query }, { run }) => pageOf(silencesOf(run), query, ({ id }) => id),
})

const silence: Route = defineRoute({
  method: 'POST',
  path: '/api/v1/alerts/{alert}/silences',
  summary: 'Lets nobody hear an alert, or some of its keys, for a time; what still fires then is told at its end.',
  params: z.object({ alert: z.string() }),
  body,
  answer: inJson(silenceView),
  async handle({ params: { alert }, body: asked }, { run }) {
    const { pipeline } = openRunOf(run)
    namedPart(alert, pipeline.alerts, 'alert')
    const { key = {}, reason } = asked
    const now = run.clock.now()
    const until = endOf(asked, pipeline.timezone, now)
    await askServed(run, { command: 'silence', name: alert, key, until, reason })
    return silenceNamed(silenceId({ alert, key }), run)
  },
})

const ended = z.strictObject({ ended: z.int().describe('how many silences have ended') })

const endOne: Route = defineRoute({
  method: 'DELETE',
  path: '/api/v1/alerts/{alert}/silences/{silence}',
  summary: 'Ends a silence.',
  params: z.object({ alert: z.string(), silence: z.string() }),
  answer: inJson(ended),
  async handle({ params: { alert, silence: id } }, { run }) {
    const { key } = silenceNamed(id, run)
    return await askServed<{ readonly ended: number }>(run, { command: 'unsilence', name: alert, key })
  },
})

const endAll: Route = defineRoute({
  method: 'DELETE',
  path: '/api/v1/alerts/{alert}/silences',
  summary: 'Ends all silences of an alert, which may be gone from the pipeline.',
  params: z.object({ alert: z.string() }),
  answer: inJson(ended),
  handle: ({ params: { alert } }, { run }) =>
    askServed<{ readonly ended: number }>(run, { command: 'unsilence', name: alert }),
})

export const silenceRoutes: readonly Route[] = [list, silence, endOne, endAll]

const silencesOf = (run: ServedRun): readonly SilenceView[] =>
  shownSilences(openRunOf(run).parts.silences.all(), run.clock.now())

function silenceNamed(id: string, run: ServedRun): SilenceView {
  const found = silencesOf(run).find((one) => one.id === id)
  if (found !== undefined) return found
  throw new RequestError(404, `there is no silence "${id}": it may have ended`)
}

/** When a silence ends. Throws a RequestError or a Failure 'usage' where that is not said, or has passed. */
function endOf({ for: duration, until }: SilenceWish, timezone: string, now: EventTime): EventTime {
  if ((duration === undefined) === (until === undefined)) {
    throw new RequestError(400, 'body: say either for how long (for: "4h"), or until when (until: "2026-12-02 08:00")')
  }
  const end = until === undefined ? now + parseQuantity(duration ?? '', DURATION) : parseInstant(until, timezone)
  if (end <= now) throw new RequestError(400, `body: until: ${until} has passed already`)
  if (end - now > MOST_SILENCE_MS) throw new RequestError(400, 'body: a silence lasts ten years at most')
  return end
}
