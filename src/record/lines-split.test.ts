import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { takeForLines } from '../kernel/line-memory.ts'
import { makeRecords, splitLines } from './lines-split.ts'

test('lines are the same in the shared memory and elsewhere', () => {
  const seed = 5
  const random = seededRandom(seed)
  const texts = Array.from({ length: 3000 }, () => 'x'.repeat(random.below(random.below(20) === 0 ? 9000 : 60)))
  const bytes = Buffer.from(texts.join('\n'))
  const shared = takeForLines(bytes.length) as Uint8Array
  shared.set(bytes)
  // The last line has no line end, and the bytes after it are not looked at.
  const found = [bytes, shared].map((place) => {
    const lines = makeRecords(1)
    const rest = splitLines(place, 0, place.length, lines)
    const { count } = lines
    return { rest, start: [...lines.start.subarray(0, count)], end: [...lines.end.subarray(0, count)] }
  })
  expect(found[1], `seed ${seed}`).toEqual(found[0])
  expect(found[0]?.end.map((end, line) => end - (found[0]?.start[line] as number))).toEqual(
    texts.slice(0, -1).map(({ length }) => length),
  )
})
