/**
 * What every bus promises, whatever keeps its topics: records come back at their offsets, byte for byte and once; nothing
 * is acknowledged or handed over that a restart would not find; marks, groups and topics are there after it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendOf, linesOf, type Read, readAll, readOf, textsOf } from '../../src/bus/appends.test-tool.ts'
import type { Bus, Topic } from '../../src/bus/bus.ts'

/** A place that keeps topics; each `open` is a bus on what the ones before it left. */
export type BusPlace = {
  open(): Promise<Bus>
  [Symbol.asyncDispose](): Promise<void>
}

const bytesOf = fc.uint8Array({ maxLength: 40 })
const appends = fc.array(
  fc.record({
    partition: fc.nat(2),
    keyed: fc.boolean(),
    records: fc.array(fc.record({ key: bytesOf, value: bytesOf }), { minLength: 1, maxLength: 8 }),
    timestamp: fc.nat(2 ** 41),
  }),
  { maxLength: 12 },
)

export function busContract(name: string, start: () => Promise<BusPlace>): void {
  test(`${name}: records come back byte for byte at their offsets, before and after a restart`, async () => {
    await fc.assert(
      fc.asyncProperty(appends, fc.integer({ min: 1, max: 300 }), async (made, maxBytes) => {
        await using place = await start()
        const expected: Read[][] = [[], [], []]
        {
          await using bus = await place.open()
          const topic = await bus.topic('t', 3)
          const offsets = made.map(({ partition, keyed, records, timestamp }) => {
            const given = keyed ? records : records.map(({ value }) => ({ value }))
            const append = appendOf(given, timestamp)
            expected[partition]?.push(
              ...readOf({
                ...append,
                baseOffset: expected[partition]?.length ?? 0,
                timestamps: new Float64Array(records.length).fill(timestamp),
                lastTimestamp: timestamp,
              }),
            )
            return topic.append(partition, append)
          })
          const counts = [0, 0, 0]
          for (const [index, { partition, records }] of made.entries()) {
            expect(await offsets[index]).toBe(counts[partition])
            counts[partition] = (counts[partition] ?? 0) + records.length
          }
          await sameRecords(topic, expected, maxBytes)
        }
        await using again = await place.open()
        await sameRecords(await again.topic('t', 3), expected, maxBytes)
      }),
      { numRuns: 25 },
    )
  })

  test(`${name}: what a bus promises of odd records`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('odd', 1)
    const long = Buffer.alloc(700_000, 'x')
    const values = [Buffer.from(''), Buffer.from('\0\r\n\xff', 'latin1'), long, Buffer.from('after'), long, long]
    await topic.append(0, appendOf(values.map((value) => ({ value }))))
    for (const maxBytes of [1, 100_000, 10_000_000]) {
      const read = await readAll(topic, 0, maxBytes)
      expect(read.map(({ value }) => value)).toEqual(values.map((value) => value.toString('latin1')))
    }
    expect(await topic.append(0, appendOf([]))).toBe(values.length)
    expect(topic.bounds(0)).toEqual({ start: 0, end: values.length })
  })

  test(`${name}: a read begins at any offset, has at least one record, and none where there is none yet`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    for (const part of [0, 1, 2, 3]) {
      await topic.append(1, appendOf(linesOf(...Array.from({ length: 50 }, (_, line) => `${part * 50 + line}`))))
    }
    for (const offset of [199, 0, 73, 50, 49, 150, 73]) {
      const fetched = await topic.read(1, offset, 10)
      expect(fetched?.baseOffset).toBe(offset)
      expect(fetched === undefined ? [] : textsOf(fetched.values)[0]).toBe(`${offset}`)
    }
    expect(await topic.read(1, 200, 10)).toBeUndefined()
    expect(await topic.read(0, 0, 10)).toBeUndefined()
    await expect(topic.read(1, 201, 10)).rejects.toMatchObject({ name: 'Failure', code: 'not-found' })
  })

  test(`${name}: many appenders at once: each record is there once, each appender's in its order`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 3)
    const appended = await Promise.all(
      Array.from({ length: 60 }, async (_, appender) => {
        const partition = appender % 3
        const offsets: number[] = []
        for (let turn = 0; turn < 5; turn++) {
          offsets.push(await topic.append(partition, appendOf(linesOf(`${appender}/${turn}a`, `${appender}/${turn}b`))))
        }
        return { partition, offsets, appender }
      }),
    )
    const read = await Promise.all([0, 1, 2].map((partition) => readAll(topic, partition, 64)))
    expect(read.map(({ length }) => length)).toEqual([200, 200, 200])
    for (const { partition, offsets, appender } of appended) {
      const values = offsets.map((offset) => [read[partition]?.[offset]?.value, read[partition]?.[offset + 1]?.value])
      expect(values).toEqual([0, 1, 2, 3, 4].map((turn) => [`${appender}/${turn}a`, `${appender}/${turn}b`]))
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    }
  })

  test(`${name}: a listener gets the very buffers, in order, once they can be read and before the appender knows`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    const heard: string[] = []
    const stop = topic.onAppend((partition, fetched) => {
      heard.push(`${partition}: ${readOf(fetched).map(({ offset, value, time }) => `${offset} ${value} ${time}`)}`)
      expect(topic.bounds(partition).end).toBeGreaterThanOrEqual(fetched.baseOffset + fetched.values.count)
      if (partition === 0) expect(fetched.values).toBe(first.values)
    })
    const first = appendOf(linesOf('a', 'b'), 5)
    await Promise.all([
      topic.append(0, first).then(() => heard.push('acknowledged 0')),
      topic.append(1, appendOf(linesOf('c'), 6)),
      topic.append(1, appendOf(linesOf('d'), 7)).then(() => heard.push('acknowledged 1')),
    ])
    expect(heard.filter((line) => line.includes('0'))).toContain('0: 0 a 5,1 b 5')
    expect(heard.indexOf('0: 0 a 5,1 b 5')).toBeLessThan(heard.indexOf('acknowledged 0'))
    expect(heard.filter((line) => line.startsWith('1:'))).toEqual(['1: 0 c 6', '1: 1 d 7'])
    expect(heard.indexOf('1: 1 d 7')).toBeLessThan(heard.indexOf('acknowledged 1'))
    stop()
    await topic.append(0, first)
    expect(heard).toHaveLength(5)
  })

  test(`${name}: the last mark of each partition is there, after a restart too`, async () => {
    await using place = await start()
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 3)
      expect(await topic.lastMark(0)).toBeUndefined()
      await topic.append(0, appendOf(linesOf('a', 'b'), 0, 'place 1'))
      await topic.append(0, appendOf(linesOf('c'), 0, 'place 2'))
      await topic.append(0, appendOf(linesOf('d')))
      await topic.append(1, appendOf(linesOf('e'), 0, ''))
      expect(Buffer.from((await topic.lastMark(0)) ?? []).toString()).toBe('place 2')
    }
    await using bus = await place.open()
    const topic = await bus.topic('t', 3)
    expect(Buffer.from((await topic.lastMark(0)) ?? []).toString()).toBe('place 2')
    expect((await topic.lastMark(1))?.length).toBe(0)
    expect(await topic.lastMark(2)).toBeUndefined()
  })

  test(`${name}: whole closed stretches are deleted up to an offset; what is left, marks and ends stay, after a restart too`, async () => {
    await using place = await start()
    let kept: readonly Read[] = []
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 2, { stretchBytes: 500 })
      for (let i = 0; i < 30; i++) await topic.append(0, appendOf(linesOf(`${i}`, 'x'.repeat(100)), i, `mark ${i}`))
      const all = await readAll(topic, 0)
      const stretches = topic.stretches(0)
      expect(stretches.length).toBeGreaterThan(3)
      for (const [i, { start, end, since }] of stretches.entries()) {
        expect(start).toBe(stretches[i - 1]?.end ?? 0)
        expect(since === undefined).toBe(i < stretches.length - 1)
        expect(stretches[i]?.maxTime).toBe(end / 2 - 1)
      }
      const { start, end } = stretches[2] ?? { start: 0, end: 0 }
      await topic.trim(0, end - 1)
      expect(topic.bounds(0)).toEqual({ start, end: 60 })
      expect(topic.stretches(0)).toEqual(stretches.slice(2))
      kept = all.slice(start)
      expect(await readAll(topic, 0)).toEqual(kept)
      await expect(topic.read(0, start - 1, 10)).rejects.toMatchObject({ name: 'Failure', code: 'not-found' })
      expect(topic.stretches(1)).toEqual([{ start: 0, end: 0, bytes: 0, maxTime: -1, since: -1 }])
    }
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 2, { stretchBytes: 500 })
      expect(await readAll(topic, 0)).toEqual(kept)
      await Promise.all([topic.roll(0), topic.roll(1)])
      await topic.trim(0, 60)
      await topic.trim(1, 60)
      expect([topic.bounds(0), topic.bounds(1)]).toEqual([
        { start: 60, end: 60 },
        { start: 0, end: 0 },
      ])
    }
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    expect(topic.bounds(0)).toEqual({ start: 60, end: 60 })
    expect(await topic.read(0, 60, 10)).toBeUndefined()
    expect(Buffer.from((await topic.lastMark(0)) ?? []).toString()).toBe('mark 29')
    expect(await topic.append(0, appendOf(linesOf('goes on')))).toBe(60)
    expect(await readAll(topic, 0)).toMatchObject([{ offset: 60, value: 'goes on' }])
  })

  test(`${name}: a topic keeps its number of partitions, and its name is one that Kafka takes`, async () => {
    await using place = await start()
    {
      await using bus = await place.open()
      expect(await bus.topics()).toEqual([])
      const [one, same] = await Promise.all([bus.topic('pop', 3), bus.topic('pop', 3), bus.topic('RAWLOG', 1)])
      await one?.append(2, appendOf(linesOf('a')))
      expect(same?.bounds(2)).toEqual({ start: 0, end: 1 })
      await expect(bus.topic('pop', 4)).rejects.toMatchObject({ name: 'Failure', code: 'pipeline' })
    }
    await using bus = await place.open()
    expect(await bus.topics()).toEqual([
      { name: 'RAWLOG', partitions: 1 },
      { name: 'pop', partitions: 3 },
    ])
    await expect(bus.topic('pop', 2)).rejects.toThrow(/3 partitions/)
    for (const name of ['', '.', '..', 'a/b', 'ä', 'a b', 'x'.repeat(250)]) {
      await expect(bus.topic(name, 1), name).rejects.toMatchObject({ name: 'Failure', code: 'pipeline' })
    }
    for (const name of ['x'.repeat(249), 'constructor', '__proto__', 'a.b_c-1']) {
      await (await bus.topic(name, 1)).append(0, appendOf(linesOf(name)))
    }
  })

  test(`${name}: groups keep an offset for each partition they committed, after a restart too`, async () => {
    await using place = await start()
    {
      await using bus = await place.open()
      expect(await bus.committed('g', 't')).toEqual(new Map())
      await bus.commit(
        'g',
        't',
        new Map([
          [0, 5],
          [2, 7],
        ]),
      )
      await Promise.all([3, 4, 5, 6].map((offset) => bus.commit('g', 't', new Map([[1, offset]]))))
      await bus.commit('g', 'u', new Map([[0, 2 ** 40]]))
      await bus.commit('p.sink.x', '__proto__', new Map([[0, 1]]))
    }
    await using bus = await place.open()
    expect(await bus.committed('g', 't')).toEqual(
      new Map([
        [0, 5],
        [1, 6],
        [2, 7],
      ]),
    )
    expect(await bus.committed('g', 'u')).toEqual(new Map([[0, 2 ** 40]]))
    expect(await bus.committed('p.sink.x', '__proto__')).toEqual(new Map([[0, 1]]))
    expect(await bus.committed('h', 't')).toEqual(new Map())
    await expect(bus.commit('a/b', 't', new Map())).rejects.toMatchObject({ name: 'Failure', code: 'pipeline' })
  })
}

async function sameRecords(topic: Topic, expected: readonly (readonly Read[])[], maxBytes: number): Promise<void> {
  for (const [partition, records] of expected.entries()) {
    // A record without a key is read with an empty one where its neighbours in the read have keys.
    const withKeys = (reads: readonly Read[]) => reads.map((read) => ({ ...read, key: read.key ?? '' }))
    expect(withKeys(await readAll(topic, partition, maxBytes))).toEqual(withKeys(records))
    expect(topic.bounds(partition)).toEqual({ start: 0, end: records.length })
  }
}
