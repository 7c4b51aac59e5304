import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { folderWith } from '../../../test/cli/tailrace.ts'
import { keptTopic } from '../../../test/sim/kept-topic.ts'
import { rotationProblem } from '../../../test/sim/rotated-lines.ts'
import { systemClock } from '../../base/clock.ts'
import { MAX_POSITION_BYTES } from '../../bus/bus.ts'
import { makeRecords } from '../../record/lines-split.ts'
import { linesWithin } from '../../record/lines-within.ts'
import { file } from '../../source/file/file.ts'
import { openTopicWriter, type TopicWriter } from '../topic-writer.ts'
import { journals, KILLED, MortalTopic, PARTITIONS, type StepKill } from './mortal-topic.test-tool.ts'

const FILES = 150
type Life = { readonly appends: number; readonly kill: StepKill }

/** Reads all files to their end, or until the life is over. */
async function readAll(topic: MortalTopic, folder: string, { appends, kill }: Life): Promise<void> {
  const journal = journals(`${folder}/places`, kill, topic)
  const writer = await openTopicWriter(topic.live(appends), systemClock, { journals: journal })
  const signal = new AbortController().signal
  const context = { name: 'many', folder, clock: systemClock, untilEnd: true, signal, warn() {} }
  const source = await file.open(file.options.parse('*.log'), { ...context, ...writer.resume('many', true) })
  try {
    await source.run(writer.deliver('many'))
    await writer.settled()
  } catch (error) {
    if (error !== KILLED) throw error
    topic.die()
  } finally {
    await source[Symbol.asyncDispose]()
  }
}

/** The files, and the lines that were written to each. */
function manyFiles(folder: string) {
  const files: string[][] = Array.from({ length: FILES }, () => [])
  return {
    files,
    write(name: number, count: number) {
      const lines = files[name] ?? []
      const from = lines.length
      for (let i = 0; i < count; i++) lines.push(`${name}:${from + i} ${'x'.repeat(i % 7)}`)
      appendFileSync(
        `${folder}/${1000 + name}.log`,
        lines
          .slice(from)
          .map((line) => `${line}\n`)
          .join(''),
      )
    },
  }
}

const life = fc.record({
  writes: fc.array(fc.tuple(fc.nat(FILES - 1), fc.integer({ min: 1, max: 4 })), { maxLength: 60, size: 'max' }),
  appends: fc.oneof(fc.integer({ min: 1, max: 250 }), fc.constant(Number.POSITIVE_INFINITY)),
  kill: fc.option(fc.record({ step: fc.constantFrom(1, 2, 2, 3), isWritten: fc.boolean() }), {
    nil: undefined,
    freq: 3,
  }),
  isTorn: fc.boolean(),
})

/** A life that ends at the second step of its journal, while appends are on their way. */
const secondStep = (isWritten: boolean) => {
  return { writes: [], appends: Number.POSITIVE_INFINITY, kill: { step: 2 as const, isWritten }, isTorn: false }
}

// Promise: A source of many files goes on after any crash with no line twice and none missing, though an append keeps only what has changed.
test('many files, killed at any append and at any step of the journal: every line comes once, in its partition', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
      using folder = folderWith()
      const { files, write } = manyFiles(folder.path)
      const topic = new MortalTopic()
      for (const name of files.keys()) write(name, 1 + (name % 3))
      const journal = folder.at('places/many')
      for (const { writes, appends, kill, isTorn } of lives) {
        for (const [name, count] of writes) write(name, count)
        await readAll(topic, folder.path, { appends, kill })
        if (isTorn && existsSync(journal)) appendFileSync(journal, '0123abcd {"step":')
      }
      for (const name of files.keys()) write(name, 1)
      await readAll(topic, folder.path, { appends: Number.POSITIVE_INFINITY, kill: undefined })
      expect(rotationProblem(files, PARTITIONS, (partition) => topic.lines(partition))).toBeUndefined()
      expect(existsSync(journal)).toBe(true)
      expect(Math.max(...topic.sizes)).toBeLessThan(MAX_POSITION_BYTES / 4)
    }),
    {
      numRuns: Number(process.env.PLACES_RUNS ?? 12),
      examples: [[[secondStep(true)]], [[secondStep(false)]]],
    },
  )
}, 60_000)

/** Two runs over many files; the topic as it is between them. */
async function readOnce(folder: ReturnType<typeof folderWith>) {
  const { files, write } = manyFiles(folder.path)
  const topic = new MortalTopic()
  const whole = { appends: Number.POSITIVE_INFINITY, kill: undefined }
  for (const name of files.keys()) write(name, 4)
  await readAll(topic, folder.path, whole)
  return { files, write, topic, again: () => readAll(topic, folder.path, whole) }
}

// Promise: A source goes on after a crash in which only some partitions have the end of an input.
test('an input that one partition has finished comes once more for the other', async () => {
  const topic = keptTopic(2)
  const lines = (text: string) =>
    linesWithin(Buffer.from(text), { limit: 100, tooLong: () => {}, position: 0 }, makeRecords(1))
  const deliver = async (writer: TopicWriter, from: number, input: string) => {
    const text = Array.from({ length: 4 }, (_, i) => `${input}:${from + i}\n`).join('')
    const line = from + 4
    await writer.deliver('many')(lines(text), { line, next: 2, parts: { [input]: { line } } }, { part: input })
  }
  const begin = { line: 0, next: 2, parts: { 0: { line: 0 }, 1: { line: 0 } } }
  {
    const writer = await openTopicWriter(topic, systemClock)
    writer.resume('many', true)
    await writer.deliver('many')(lines(''), begin)
    await deliver(writer, 0, '0')
    // Input 0 has ended: the append of input 1 that says so is durable in partition 0 only.
    const ended = { line: 8, next: 2, parts: { 0: null, 1: { line: 4 } } }
    await writer.deliver('many')(lines('1:0\n1:1\n1:2\n1:3\n'), ended, { part: '1' })
    topic.crash((partition) => (partition === 0 ? 1 : 0))
  }
  const writer = await openTopicWriter(topic, systemClock)
  const { place } = writer.resume('many', true)
  expect(place).toBeUndefined()
  await writer.deliver('many')(lines(''), begin)
  // No append has a count that is no number: the source would wait for room for good.
  for (const input of ['0', '1']) await deliver(writer, 0, input)
  topic.keep()
  await writer.settled()
  expect(writer.lines()).toBe(4)
  expect([0, 1].map((partition) => topic.lines(partition))).toEqual([
    ['0:0', '0:2', '1:0', '1:2'],
    ['0:1', '0:3', '1:1', '1:3'],
  ])
})

test('a place as earlier versions kept it, whole with each append, is gone on from', async () => {
  using folder = folderWith()
  const { files, write, topic, again } = await readOnce(folder)
  const { SourcePlaces } = await import('./source-places.ts')
  const kept = topic.durable.map((some) => some.at(-1)?.position?.many as { line: number })
  const places = new SourcePlaces('many', kept, journals(folder.at('places'), undefined, topic)).places()
  for (const [partition, some] of topic.durable.entries()) {
    some.push({ lines: [], position: { many: { line: kept[partition]?.line, ...places[partition] } } })
  }
  rmSync(folder.at('places'), { recursive: true })
  for (const name of files.keys()) write(name, 2)
  await again()
  expect(rotationProblem(files, PARTITIONS, (partition) => topic.lines(partition))).toBeUndefined()
})

test('a journal that is gone, damaged, or of another time is an error, and nothing is read again', async () => {
  using folder = folderWith()
  const { files, write, topic, again } = await readOnce(folder)
  const journal = folder.at('places/many')
  const old = readFileSync(journal, 'utf8')
  for (const name of files.keys()) write(name, 3)
  await again()
  const whole = readFileSync(journal, 'utf8')
  const before = topic.lines(0).length
  writeFileSync(journal, whole.replace('"line":4', '"line":5'))
  await expect(again()).rejects.toMatchObject({ code: 'corrupt' })
  writeFileSync(journal, old)
  await expect(again()).rejects.toThrow('does not fit its topic')
  rmSync(journal)
  await expect(again()).rejects.toThrow('in the folder places of the data folder, is gone')
  expect(topic.lines(0)).toHaveLength(before)
})
