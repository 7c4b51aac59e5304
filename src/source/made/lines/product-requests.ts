/**
 * Requests for the pages of a small shop in an exact mix: of each 100 that follow each other, 50, 25, 15, 8 and 2 are for the
 * five pages, in an order that the seed decides. So the answer to "how many requests for which page" is known beforehand, and the
 * order is still like that of visitors. Request n follows from the seed and n.
 */
import { type Random, seededRandom } from '../../../base/random.ts'

/** The pages of the shop. */
export type ProductPage = '/product1' | '/product2' | '/product3' | '/product4' | '/product5'

/** Of each 100 requests, as many are for this page. */
export const PRODUCT_MIX: Readonly<Record<ProductPage, number>> = {
  '/product1': 50,
  '/product2': 25,
  '/product3': 15,
  '/product4': 8,
  '/product5': 2,
}

/** Requests that follow each other and have the exact mix. */
export const PRODUCT_BLOCK = 100

const PAGES: readonly ProductPage[] = (Object.keys(PRODUCT_MIX) as ProductPage[]).flatMap((page) =>
  Array<ProductPage>(PRODUCT_MIX[page]).fill(page),
)
/** Sets the seeds of blocks far apart. */
const GOLDEN = 0x9e3779b9

/** The pages of the requests of block `block`, from 0, in their order; and what else of the block may be drawn from. */
export function productBlock(seed: number, block: number): { readonly pages: readonly ProductPage[]; random: Random } {
  const random = seededRandom(seed ^ Math.imul(block + 1, GOLDEN))
  const pages = [...PAGES]
  for (let left = pages.length - 1; left > 0; left--) {
    const other = random.below(left + 1)
    const page = pages[left] as ProductPage
    pages[left] = pages[other] as ProductPage
    pages[other] = page
  }
  return { pages, random }
}

/** The pages of requests 0 to `count` - 1, one after the other. */
export function* productRequests(seed: number, count: number): Generator<ProductPage, void, undefined> {
  for (let block = 0; block * PRODUCT_BLOCK < count; block++) {
    yield* productBlock(seed, block).pages.slice(0, count - block * PRODUCT_BLOCK)
  }
}
