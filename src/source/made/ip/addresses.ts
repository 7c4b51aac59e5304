/**
 * The addresses of made traffic: private ones of RFC 1918, and public ones that are nobody's (RFC 5737 for documentation, RFC 2544
 * for benchmarks). So no real machine is ever said to have scanned ports.
 */
import { seededRandom } from '../../../base/random.ts'

/** The most different sources: there are at least this many private and public addresses. */
export const MOST_SOURCES = 50_000
/** Those who scan ports have addresses of their own: 203.0.113.1 and so on. */
export const SCANNERS: readonly string[] = Array.from({ length: 32 }, (_, i) => `203.0.113.${i + 1}`)
/** Those whose traffic is denied for a while: 192.0.2.1 and so on. */
export const DENIED: readonly string[] = Array.from({ length: 32 }, (_, i) => `192.0.2.${i + 1}`)

/** One of three addresses is public. */
const PUBLIC_OF = 3

/** `count` different addresses, from a seed. */
export function madeAddresses(seed: number, count: number): readonly string[] {
  const random = seededRandom(seed ^ 0x1bad_d4e5)
  const found = new Set<string>()
  while (found.size < count) found.add(random.below(PUBLIC_OF) === 0 ? publicAddress() : privateAddress())
  return [...found]

  function publicAddress(): string {
    // 198.18.0.0/15, and 198.51.100.0/24.
    if (random.below(4) > 0) return `198.${18 + random.below(2)}.${random.below(256)}.${random.below(256)}`
    return `198.51.100.${1 + random.below(254)}`
  }

  function privateAddress(): string {
    const last = 1 + random.below(254)
    switch (random.below(3)) {
      case 0:
        return `10.${random.below(64)}.${random.below(256)}.${last}`
      case 1:
        return `172.${16 + random.below(16)}.${random.below(256)}.${last}`
      default:
        return `192.168.${random.below(256)}.${last}`
    }
  }
}
