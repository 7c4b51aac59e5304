/**
 * Writes the access log that nginx, as a balancer before two servers, would write of `product-requests.ts`: the combined format,
 * then the time that the answer took and the server that gave it.
 *
 * There are 25 requests in each second, so each minute of the log has 15 blocks of requests, and the exact mix. The log can go on
 * after line n from n alone.
 */
import type { MadeLines } from '../made-log.ts'
import { PRODUCT_BLOCK, PRODUCT_MIX, type ProductPage, productBlock } from './product-requests.ts'

/** Limit of the length of a line, in bytes. */
export const PRODUCT_LINE_LIMIT = 320
/** 2025-03-01T00:00:00Z: past everywhere, and the beginning of a window of any size up to a day. */
export const PRODUCT_START: number = Date.UTC(2025, 2, 1)
const PER_SECOND = 25

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0',
  'curl/7.88.1',
]
const SERVERS = ['127.0.0.1:8081', '127.0.0.1:8082']
/** A length of its own for each page. */
const BYTES = new Map((Object.keys(PRODUCT_MIX) as ProductPage[]).map((page, index) => [page, 1200 + 377 * index]))
/** Addresses that are nobody's, for documentation. */
const NETWORK = '198.51.100'

/** The log of a seed, from line `line` on; with `busier`, each second has as many times more requests. */
export function productLines(seed: number, line: number, busier: number): MadeLines {
  let at = line
  let block = -1
  let lines: readonly string[] = []
  const next = (): string => {
    const of = Math.floor(at / PRODUCT_BLOCK)
    if (of !== block) {
      block = of
      lines = linesOfBlock(seed, block, PER_SECOND * busier)
    }
    return lines[at++ % PRODUCT_BLOCK] as string
  }
  return {
    get place() {
      return { line: at }
    },
    get line() {
      return at
    },
    write(into, count, ends) {
      const buffer = Buffer.from(into.buffer, into.byteOffset, into.length)
      let end = 0
      let written = 0
      for (; written < count && end + PRODUCT_LINE_LIMIT <= into.length; written++) {
        end += buffer.write(next(), end, 'latin1')
        ends[written] = end
      }
      return { lines: written, end }
    },
  }
}

function linesOfBlock(seed: number, block: number, perSecond: number): readonly string[] {
  const { pages, random } = productBlock(seed, block)
  const pick = (from: readonly string[]) => from[random.below(from.length)]
  return pages.map((page, index) => {
    const second = Math.floor((block * PRODUCT_BLOCK + index) / perSecond)
    const host = `${NETWORK}.${1 + random.below(254)}`
    // One answer of a hundred is an error.
    const [status, bytes] = random.below(100) === 0 ? [502, 157] : [200, BYTES.get(page)]
    const took = (random.below(40) / 1000).toFixed(3)
    const request = `${host} - - [${stampOf(second)}] "GET ${page} HTTP/1.1" ${status} ${bytes} "-"`
    return `${request} "${pick(AGENTS)}" ${took} ${pick(SERVERS)}\n`
  })
}

/** `01/Mar/2025:00:00:00 +0000`. */
function stampOf(second: number): string {
  const [, day, month, year, time] = new Date(PRODUCT_START + 1000 * second).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
