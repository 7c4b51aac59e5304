/** An open source `http`: its client, its place, and its polls. */
import { newSeed, seededRandom } from '../../base/random.ts'
import { durationText } from '../../base/units.ts'
import { openHttpClient } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import type { Source, SourceContext } from '../source.ts'
import { isLoopback } from '../tcp-listen.ts'
import { openCadence } from './cadence.ts'
import type { HttpSourceOptions } from './options.ts'
import { placeOf } from './place.ts'
import { methodOf, openPoller } from './poll.ts'
import { pollOnce, runPolls } from './polling.ts'

/** Nothing is asked before it runs. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openHttpSource(options: HttpSourceOptions, context: SourceContext): Promise<Source> {
  const { clock, folder, name, untilEnd, timezone = 'UTC' } = context
  const client = await openHttpClient(options, { folder, of: `source ${name}`, maxAnswer: options.max_body })
  const { protocol, hostname, host } = new URL(options.url)
  if (options.auth !== undefined && protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    context.warn(
      `its \`auth\` goes to ${host} unencrypted, where others on the way can read it: is there an https:// address?`,
    )
  }
  const place = placeOf(context, options)
  const poller = openPoller({ options, context, client, place })
  // Made when it runs: until then, no poll is due.
  const cadence = () => openCadence(options, { clock, timezone, lastAt: place.at })
  const polling = {
    poller,
    context,
    random: context.random ?? seededRandom(newSeed()),
  }
  const often = options.every === undefined ? `at "${options.at}"` : `every ${durationText(options.every)}`
  let isReachable = false
  const reach = (now: boolean) => {
    isReachable = now
  }
  return {
    describe: `http ${methodOf(options)} ${withoutQuery(options.url)} ${often}`,
    run: (deliver) => (untilEnd ? pollOnce : runPolls)({ ...polling, cadence: cadence(), deliver, reach }),
    atRest: () => isReachable && !poller.isDelivering(),
    async [Symbol.asyncDispose]() {
      client.close()
    },
  }
}
