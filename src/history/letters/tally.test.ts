import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { appendOf, linesOf } from '../../bus/appends.test-tool.ts'
import { ownEmbedded } from '../../bus/embedded/embedded.test-tool.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import type { DeadLetter } from '../../topic/letter.ts'
import { openBudget } from '../records/budget.ts'
import { sendAgain } from '../send-again.ts'
import { openLettersTally } from './tally.ts'

const never = new AbortController().signal
const budget = (records: number) => openBudget({ records, bytes: 1 << 30, timeMs: 60_000 }, jumpingClock(), never)
const letter = (offset: number, reason: string): DeadLetter => ({
  kind: 'format',
  reason,
  topic: 't',
  partition: 0,
  offset,
  byte: 3,
  record: `bad ${offset}`,
})

test('letters are read once, some at a time, and anew once records were sent again', async () => {
  using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 1)
  await topic.append(0, appendOf(linesOf(...Array.from({ length: 3000 }, (_, i) => `bad ${i}`))))
  const letters = await bus.topic('t.dead', 1)
  const written = Array.from({ length: 3000 }, (_, i) => letter(i, i % 3 === 0 ? 'one' : 'two'))
  // Another program may have written something else.
  await letters.append(0, appendOf(linesOf('no letter', '{}', ...written.map((one) => JSON.stringify(one)))))
  const readOn = openLettersTally({ letters, topic: 't', disk: hastyDisk, dataFolder: folder.path })
  const counts = async (records: number) => {
    const { groups, kept, looked } = await readOn(budget(records))
    return { kept, looked, groups: groups.map(({ group }) => `${group.reason} ${group.count} ${group.sentAgain}`) }
  }
  const first = await counts(1000)
  expect(first).toMatchObject({ kept: 3002, groups: [expect.stringMatching(/^two/), expect.stringMatching(/^one/)] })
  expect(first.looked).toBeLessThan(3002)
  const whole = { kept: 3002, looked: 3002, groups: ['two 2000 0', 'one 1000 0'] }
  expect(await counts(10_000)).toEqual(whole)
  expect(await counts(10_000)).toEqual(whole)
  const [found] = (await readOn(budget(1))).groups
  expect(found?.excerpt).toEqual({ record: { text: 'bad 1', encoding: 'utf8', start: 0, bytes: 5 }, byte: 3 })

  const placed = { letter: letter(0, 'one'), partition: 0, offset: 2, arrived: 0 }
  await sendAgain('t', [placed], { disk: hastyDisk, dataFolder: folder.path, bus, now: 9 })
  expect((await counts(10_000)).groups).toEqual(['two 2000 0', 'one 1000 1'])
})

test('of very many reasons the last are gathered in one', async () => {
  using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const letters = await bus.topic('t.dead', 1)
  const name = (i: number) =>
    `reason ${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + Math.floor(i / 26))}`
  const written = Array.from({ length: 1200 }, (_, i) => letter(i, name(i)))
  await letters.append(0, appendOf(linesOf(...written.map((one) => JSON.stringify(one)))))
  const readOn = openLettersTally({ letters, topic: 't', disk: hastyDisk, dataFolder: folder.path })
  const { groups } = await readOn(budget(10_000))
  expect(groups).toHaveLength(1001)
  expect(groups[0]?.group).toMatchObject({ reason: 'other reasons', count: 200 })
})
