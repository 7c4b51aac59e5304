/**
 * Sends requests to the balancer in the exact mix of load.jmx, where JMeter is not at hand: of each 100, exactly 50, 25, 15, 8 and 2
 * for /product1 to /product5, in an order that the seed decides.
 *
 *   node load.ts --requests 10000 --seed 7 --url http://127.0.0.1:8080 --rate max --connections 4
 *
 * Then it says how many of each were answered. It ends after that number of requests, whatever the answers are.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { openPace } from '../../src/base/pace.ts'
import { parseQuantity, RATE } from '../../src/base/units.ts'
import { type ProductPage, productRequests } from '../../src/source/made/lines/product-requests.ts'

const ANSWER_LIMIT_MS = 10_000
const MOST_REQUESTS = 10_000_000
const MOST_CONNECTIONS = 64

type Load = {
  readonly requests: number
  readonly seed: number
  readonly url: URL
  /** Requests a second. */
  readonly rate: number
  readonly connections: number
}

function loadOf(args: readonly string[]): Load {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      url: { type: 'string', default: 'http://127.0.0.1:8080' },
      rate: { type: 'string', default: 'max' },
      connections: { type: 'string', default: '4' },
    },
  })
  const whole = (name: 'requests' | 'seed' | 'connections', from: number, to: number): number => {
    const value = Number(values[name])
    if (Number.isInteger(value) && value >= from && value <= to) return value
    throw new Failure('usage', `--${name} ${values[name]}: expected a whole number from ${from} to ${to}`)
  }
  const url = URL.parse(values.url)
  if (url?.protocol !== 'http:')
    throw new Failure('usage', `--url ${values.url}: expected an address such as http://HOST:PORT`)
  return {
    requests: whole('requests', 1, MOST_REQUESTS),
    seed: whole('seed', 0, 2 ** 31),
    url,
    rate: parseQuantity(values.rate, RATE),
    connections: whole('connections', 1, MOST_CONNECTIONS),
  }
}

/** The status of the answer to one request. */
async function statusOf(url: URL, page: ProductPage, agent: Agent): Promise<number> {
  const asked = request(new URL(page, url), {
    agent,
    timeout: ANSWER_LIMIT_MS,
    headers: { 'user-agent': 'tailrace-load/1' },
  })
  asked.on('timeout', () => asked.destroy(new Failure('io', `no answer within ${ANSWER_LIMIT_MS / 1000} s`)))
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode
}

async function send({ requests, seed, url, rate, connections }: Load): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const pages = productRequests(seed, requests)
  const pace = openPace(rate, systemClock)
  const never = new AbortController().signal
  const counts = new Map<string, number>()
  const sender = async () => {
    for (;;) {
      await pace.wait(never)
      const next = pages.next()
      if (next.done) return
      pace.take(1)
      const status = await statusOf(url, next.value, agent)
      const outcome = status === 200 ? next.value : `${next.value}, answered with ${status}`
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, sender))
    return counts
  } catch (error) {
    throw new Failure('io', `${url.origin} does not answer: ${(error as Error).message}`, {
      hint: 'Start nginx: in a clone, make service NAME=nginx.',
      cause: error,
    })
  } finally {
    agent.destroy()
  }
}

try {
  const counts = await send(loadOf(process.argv.slice(2)))
  const lines = [...counts].sort().map(([outcome, count]) => `${outcome.padEnd(22)}${count}\n`)
  process.stdout.write(lines.join(''))
} catch (error) {
  process.stderr.write(`${error instanceof Failure ? describeFailure(error) : (error as Error).message}\n`)
  process.exitCode = 1
}
