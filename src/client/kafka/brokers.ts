/** Links to the brokers of a cluster: to one by its number, or to any that answers. */
import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { addressText, type BrokerAddress, parseAddress } from './address.ts'
import { openLastAnswers } from './last-answers.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'

/** Links for requests that any broker can answer. One that does not answer soon is passed over. */
const ANY = 'any'
const ANY_TIMEOUT_MS = 6000
/** Links for a person who looks: the other brokers are shown where one does not answer soon. */
export const LOOK = 'look'
const LOOK_TIMEOUT_MS = 3000
const TIMEOUTS: ReadonlyMap<string, Partial<LinkOptions>> = new Map([
  [ANY, { requestTimeoutMs: ANY_TIMEOUT_MS }],
  [LOOK, { requestTimeoutMs: LOOK_TIMEOUT_MS, connectTimeoutMs: LOOK_TIMEOUT_MS }],
])

export type BrokerOptions = Omit<LinkOptions, 'lastAnswers'> & {
  /** Some of the brokers, `host:port`: the others are learned from them. */
  readonly brokers: readonly string[]
  readonly clock: Clock
  /** Once aborted, little is tried again: somebody waits for the end. */
  readonly giveUp?: AbortSignal | undefined
}

export type Brokers = {
  /** Those that are known, by number. */
  known(): ReadonlyMap<number, BrokerAddress>
  learn(found: ReadonlyMap<number, BrokerAddress>): void
  /** A link to a broker of this number, one for each purpose. Throws a retryable Failure where there is no such broker. */
  link(broker: number, purpose: string): Link
  /** Asks one broker after the other until one answers. */
  any<Answer>(request: (link: Link) => Promise<Answer>): Promise<Answer>
  close(): void
}

/** Whether the name of a broker's host is not known. */
export const isUnknownHost = (error: unknown): error is Failure =>
  error instanceof Failure && error.code === 'not-found'

/** Links to the brokers; those of the options are all that are known to begin with. */
export function openBrokers(options: BrokerOptions): Brokers {
  const bootstrap = options.brokers.map((text) => {
    const address = parseAddress(text)
    assert(address !== undefined, 'the options of the bus have addresses only')
    return address
  })
  const lastAnswers = options.giveUp && openLastAnswers(options.clock, options.giveUp)
  let brokers: ReadonlyMap<number, BrokerAddress> = new Map()
  const links = new Map<string, Link>()
  const open = (address: BrokerAddress, purpose: string): Link => {
    const key = `${addressText(address)} ${purpose}`
    const known = links.get(key)
    if (known !== undefined) return known
    const link = openLink(address, { ...TIMEOUTS.get(purpose), ...options, lastAnswers })
    links.set(key, link)
    return link
  }
  /** The broker that answered last is asked first. */
  let last: BrokerAddress | undefined
  return {
    known: () => brokers,
    learn(found) {
      brokers = found
    },
    link(broker, purpose) {
      const address = brokers.get(broker)
      if (address !== undefined) return open(address, purpose)
      throw new Failure('io', `broker ${broker} is not in the cluster at present`, { retryable: true })
    },
    async any(request) {
      const all = [...(last === undefined ? [] : [last]), ...brokers.values(), ...bootstrap]
      const addresses = [...new Map(all.map((address) => [addressText(address), address])).values()]
      let failure: unknown
      for (const address of addresses) {
        try {
          const answer = await request(open(address, ANY))
          last = address
          return answer
        } catch (error) {
          // Where one broker refuses this client, the next one, which does not answer, tells less. One whose name is
          // not known tells the least: the others may start yet.
          if (failure === undefined || isUnknownHost(failure) || (error instanceof Failure && !error.retryable))
            failure = error
        }
      }
      last = undefined
      throw failure
    },
    close() {
      for (const link of links.values()) link.close()
    },
  }
}
