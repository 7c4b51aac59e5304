import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../base/random.ts'
import { columnOf, type StringColumn } from '../../record/column.ts'
import { rankTexts } from './text-ranks.ts'

const ROWS = 70_000

const textColumn = (texts: readonly (string | null)[]): StringColumn =>
  columnOf({ kind: 'STRING' }, texts) as StringColumn

const textOf = ({ bytes, start, end }: StringColumn, row: number): string =>
  Buffer.from(bytes.subarray(start[row], end[row])).toString()

const randomText = (random: Random): string | null => {
  const pick = random.below(500)
  return pick === 0 ? null : pick === 1 ? '' : `${'/a'.repeat(pick % 7)}${pick}`
}

test('ranks sort like the strings, which do not change', () => {
  const random = seededRandom(5)
  const given = Array.from({ length: ROWS }, () => randomText(random))
  const ranked = rankTexts(textColumn(given), ROWS)
  if (ranked === undefined) throw new Error('few strings are different')
  const { ranks, texts } = ranked
  const different = [...new Set(given.filter((text) => text !== null))].sort()
  const order = different.map((text) => ranks.values[given.indexOf(text)] as number)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  given.forEach((text, row) => {
    if (text === null) expect(ranks.nulls?.[row]).toBe(1)
    else if (ranks.values[row] !== order[different.indexOf(text)] || textOf(texts, row) !== text) {
      expect.fail(`row ${row}, seed 5: ${text} became ${textOf(texts, row)}`)
    }
  })
})

test('strings that are mostly different, or of few rows, get no ranks', () => {
  expect(rankTexts(textColumn(Array.from({ length: ROWS }, (_, row) => `text ${row}`)), ROWS)).toBeUndefined()
  expect(rankTexts(textColumn(['a', 'a']), 2)).toBeUndefined()
})
