import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { appendOf, linesOf } from '../bus/appends.test-tool.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { hastyDisk, temporaryFolder } from '../data/data-folder.test-tool.ts'
import type { LateRows } from '../topic/late-rows.ts'
import type { DeadLetter, PlacedLetter } from '../topic/letter.ts'
import { groupLetters, reasonPattern } from './dead-groups.ts'
import { recordTextAt } from './record-at.ts'

const placed = async function* (...letters: readonly (DeadLetter | LateRows)[]): AsyncGenerator<PlacedLetter> {
  for (const [offset, letter] of letters.entries()) yield { letter, partition: 0, offset, arrived: 1000 * offset }
}

test('reasons that differ in numbers and quoted texts are one; numbers in names of types and columns stay', () => {
  expect(reasonPattern("column ts: '2015-05-17 10:00' is not of type TIMESTAMP_LTZ(3)")).toBe(
    "column ts: '…' is not of type TIMESTAMP_LTZ(3)",
  )
  expect(reasonPattern("CAST of '12' to DECIMAL(10, 2): it has 3 digits")).toBe(
    "CAST of '…' to DECIMAL(10, 2): it has N digits",
  )
  expect(reasonPattern(`expected a status of three digits (%>s), found 'GET /x…'`)).toBe(
    "expected a status of three digits (%>s), found '…'",
  )
  expect(reasonPattern('column md5, byte 17: its time is 2099-01-01T00:00:00.000Z')).toBe(
    'column md5, byte N: its time is N',
  )
})

test('a quoted text is one whatever is in it; an apostrophe of a word quotes nothing', () => {
  for (const text of [
    '',
    'abc',
    `"it's"`,
    `a' b 'c`,
    "'",
    "' is not of type INT",
    'two\nlines',
    '日本',
    "x' to INT: y",
  ]) {
    expect(reasonPattern(`column n: '${text}' is not of type INT`)).toBe("column n: '…' is not of type INT")
    expect(reasonPattern(`CAST of '${text}' to INT: no number`)).toBe("CAST of '…' to INT: no number")
  }
  expect(reasonPattern("the record's end and others' ends")).toBe("the record's end and others' ends")
})

test('late rows that are whole and those that are kept by place are one group, of all that they say', async () => {
  const head = { kind: 'late', topic: 't', partition: 0, query: 'q' } as const
  const windows = { from: '2025-03-14T09:00:00.000', to: '2025-03-14T09:01:00.000' }
  const whole: DeadLetter = {
    ...head,
    offset: 7,
    reason: '2 s late: the watermark of its partition was …, and its last window had closed',
    late_ms: 2000,
    windows: { count: 1, ...windows },
    record: 'a record',
  }
  const later = { from: windows.to, to: '2025-03-14T09:02:00.000' }
  const places = [8, 90, 1e12, 5000, 1, 0, 2, 0, 8 * 86_400_000, 0]
  const many: LateRows = {
    ...head,
    offset: 8,
    rows: 92,
    late_ms: { least: 5000, greatest: 8e8 },
    windows: later,
    places,
  }
  expect(await groupLetters(placed(whole, many), () => false)).toEqual([
    {
      id: '["late","q",null,"the watermark of its partition had closed its last window"]',
      firstAt: '1970-01-01T00:00:00.000Z',
      lastAt: '1970-01-01T00:00:01.000Z',
      kind: 'late',
      query: 'q',
      sink: undefined,
      reason: 'the watermark of its partition had closed its last window',
      count: 93,
      sentAgain: 0,
      lateMs: { least: 2000, greatest: 8e8 },
      windows: { from: windows.from, to: later.to },
      topic: 't',
      first: { partition: 0, offset: 7 },
      last: { partition: 0, offset: 99 },
      example: 'a record',
    },
  ])
  const [group] = await groupLetters(placed(many), () => false)
  expect(group).toMatchObject({
    reason: '5 s to 9 d 6 h late: the watermark of its partition had closed its last window',
  })
  expect(group?.example).toBeUndefined()
})

test('the record at a place is found for as long as it is kept', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 1)
  await topic.append(0, appendOf(linesOf('one', 'two')))
  expect(await recordTextAt(topic, 0, 1)).toBe('two')
  expect(await recordTextAt(topic, 0, 2)).toBeUndefined()
  await bus.space('t')?.roll(0)
  await bus.space('t')?.trim(0, 2)
  expect(await recordTextAt(topic, 0, 1)).toBeUndefined()
})
