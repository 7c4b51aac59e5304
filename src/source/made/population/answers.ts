/**
 * Makes the answers of the API of DataUSA: answer n has one change more than the one before, a year whose number was revised. Each
 * year of each nation is revised once in as many answers as there are years, in an order that the seed decides. A number only
 * grows, so none comes back. What answer n says follows from the seed and n alone.
 */
import { seededRandom } from '../../../base/random.ts'
import type { LineSizes, MadeLines } from '../made-log.ts'
import { mix } from '../mix.ts'
import { NATIONS, nationYear, POPULATION_SOURCE, UNITED_STATES } from './nations.ts'

const YEARS = UNITED_STATES.length
const GOLDEN = 0x9e3779b9
/** A revision adds as much at least, and less than twice as much. */
const REVISED_BY = 1000
const LEAST = 1_000_000

/** The number of people in a year of a nation, by how often it was revised. */
function people(seed: number, row: number, revision: number): number {
  const [, , first, growth] = NATIONS[Math.floor(row / YEARS)] as (typeof NATIONS)[number]
  const year = row % YEARS
  const made = row < YEARS ? (UNITED_STATES[year] as number) : Math.round(first * (1 + growth) ** year)
  const more = mix(seed ^ Math.imul(row + 1, GOLDEN) ^ Math.imul(revision, 0x85ebca6b)) % REVISED_BY
  return Math.max(LEAST, made) + REVISED_BY * revision + (revision === 0 ? 0 : more)
}

/** How long answers about as many nations are. */
export const answerSizes = (nations: number): LineSizes => ({
  lineLimit: answerText(1, nations).length + 4 * nations * YEARS,
  meanBytes: answerText(1, nations).length + nations * YEARS,
})

const answerText = (seed: number, nations: number): string => new Answer(seed, nations, 0).text()

/** An answer as bytes, in which numbers are changed in their places while they have as many digits as before. */
class Answer {
  readonly #seed: number
  readonly #rows: number
  #bytes = Buffer.alloc(0)
  /** Where the number of each row ends. */
  readonly #ends: Int32Array
  readonly #revisions: Int32Array
  #block = -1
  #order = new Int32Array(0)

  /** That with `n` changes. */
  constructor(seed: number, nations: number, n: number) {
    this.#seed = seed
    this.#rows = nations * YEARS
    this.#ends = new Int32Array(this.#rows)
    this.#revisions = new Int32Array(this.#rows).fill(Math.floor(n / this.#rows))
    const inBlock = n % this.#rows
    this.#shuffle(Math.floor(n / this.#rows))
    for (const row of this.#order.subarray(0, inBlock)) (this.#revisions[row] as number)++
    this.#write()
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  text(): string {
    return this.#bytes.toString('latin1')
  }

  /** Makes change `n`, from 0: the answer is the next one then. */
  change(n: number): void {
    const block = Math.floor(n / this.#rows)
    if (block !== this.#block) this.#shuffle(block)
    const row = this.#order[n - block * this.#rows] as number
    const before = this.#numberOf(row)
    this.#revisions[row] = (this.#revisions[row] as number) + 1
    const now = this.#numberOf(row)
    if (now.length !== before.length) this.#write()
    else this.#bytes.write(now, (this.#ends[row] as number) - now.length, 'latin1')
  }

  #numberOf(row: number): string {
    return String(people(this.#seed, row, this.#revisions[row] as number))
  }

  #write(): void {
    const rows = Array.from({ length: this.#rows }, (_, row) => {
      const count = people(this.#seed, row, this.#revisions[row] as number)
      return nationYear(Math.floor(row / YEARS), row % YEARS, count)
    })
    this.#bytes = Buffer.from(`${JSON.stringify({ data: rows, source: POPULATION_SOURCE })}\n`, 'latin1')
    let at = 0
    for (let row = 0; row < this.#rows; row++) {
      at = this.#bytes.indexOf(',"Slug Nation"', at) + 1
      this.#ends[row] = at - 1
    }
  }

  /** Puts the rows in the order in which the changes of a block revise them. */
  #shuffle(block: number): void {
    this.#block = block
    const order = Int32Array.from({ length: this.#rows }, (_, row) => row)
    const random = seededRandom(this.#seed ^ Math.imul(block + 1, GOLDEN))
    for (let left = order.length - 1; left > 0; left--) {
      const other = random.below(left + 1)
      const row = order[left] as number
      order[left] = order[other] as number
      order[other] = row
    }
    this.#order = order
  }
}

/** The answers of a seed about `nations` nations, from answer `line` on. */
export function populationAnswers(seed: number, nations: number, line: number): MadeLines {
  const answer = new Answer(seed, nations, line)
  const { lineLimit } = answerSizes(nations)
  let at = line
  return {
    get place() {
      return { line: at }
    },
    get line() {
      return at
    },
    write(into, count, ends) {
      let end = 0
      let written = 0
      for (; written < count && end + lineLimit <= into.length; written++) {
        into.set(answer.bytes, end)
        end += answer.bytes.length
        ends[written] = end
        answer.change(at++)
      }
      return { lines: written, end }
    },
  }
}
