/** What tests of sinks on real servers share: trouble on the way, by seeds, and lines that are written until they are taken. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import type { Sink, SinkType } from '../../src/sink/sink.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { deliveredSinkContract, type SinkTarget } from '../contract/sink.ts'
import type { TcpProxy } from './tcp-proxy.ts'

export type Trouble = {
  /** The proxy that targets are behind; it is open once tests run. */
  proxy(): TcpProxy
  readonly runs: number
  /** The share of the pieces of requests that meet trouble. */
  readonly share?: number
}

/** The contract of delivered sinks while answers are lost and connections break; `target` is given the seed of its run. */
export function troubledSinkContract(
  type: SinkType,
  target: (seed: number) => Promise<SinkTarget>,
  { proxy, runs, share = 0.1 }: Trouble,
): void {
  let seed = 0
  describe('answers are lost and connections break, by seeds 1, 2, 3 …', () => {
    deliveredSinkContract(
      type,
      async () => {
        const random = seededRandom(++seed)
        proxy().trouble = () => (random.next() < share ? (random.next() < 0.5 ? 'lose' : 'half') : undefined)
        return target(seed)
      },
      runs,
    )
    test('there was trouble', () => {
      expect(proxy().troubles).toBeGreaterThan(0)
      proxy().trouble = () => undefined
    })
  })
}

const TOGETHER = 100
const PAUSE_MS = 100

/** Writes lines `from`..`to` as a delivery loop does: until the sink takes them. Gives how often it did not. */
export async function writeLines(sink: Sink, from: number, to: number): Promise<number> {
  let failures = 0
  for (let line = from; line < to; line += TOGETHER) {
    const records = Array.from({ length: TOGETHER }, (_, i) => ({ text: `${line + i}`, time: 0 }))
    const write = () => sink.write(deliveryOf(0, line, records)).catch(() => 'failed')
    for (; (await write()) === 'failed'; failures++) await sleep(PAUSE_MS)
  }
  return failures
}

/** The texts of lines 0..`count`. */
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`)

/** Texts that are numbers, in their order. */
export const sorted = (texts: readonly string[]): string[] => texts.toSorted((a, b) => Number(a) - Number(b))
