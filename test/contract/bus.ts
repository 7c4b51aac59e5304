/**
 * The contract of every bus, also of one to whose topics other programs append: records come back at their offsets, byte for
 * byte and once; no record is acknowledged or handed over that a restart would not find; readers hear of all records, also of
 * those that others appended; positions of writers, groups and topics are there after a restart.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openLease } from '../../src/base/lease.ts'
import { appendOf, linesOf, markOf, type Read, readAll, readOf, textsOf } from '../../src/bus/appends.test-tool.ts'
import { type Bus, type Cursor, type Fetched, MAX_PARTITIONS, type Topic } from '../../src/bus/bus.ts'
import type { StoredRecord } from '../../src/bus/memory-bus.test-tool.ts'

/** A place that keeps topics; each `open` is a bus on the topics that earlier ones left. */
export type BusPlace = {
  open(): Promise<Bus>
  /** Appends as another program does, followed by a gap in the offsets; undefined where no other program can. */
  foreign?(topic: string, partition: number, records: readonly StoredRecord[], gap: number): void | Promise<void>
  /** The most characters of a name of a topic; by default, as many as Kafka takes. */
  readonly longestName?: number
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

/** Tests a bus; `start` gives an empty place. */
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
              ...readOf({ ...append, baseOffset: 0, timestamps: new Float64Array(records.length).fill(timestamp) }),
            )
            return topic.append(partition, append)
          })
          const first = await Promise.all(offsets)
          await sameRecords(topic, expected, maxBytes)
          for (const [index, { partition, records }] of made.entries()) {
            const found = (await readAll(topic, partition)).find(({ offset }) => offset === first[index])
            expect(found?.value).toBe(Buffer.from(records[0]?.value ?? []).toString('latin1'))
          }
        }
        await using again = await place.open()
        await sameRecords(await again.topic('t', 3), expected, maxBytes)
      }),
      { numRuns: 25 },
    )
  })

  test(`${name}: NULL values of records with keys are NULL to readers in memory, and after a restart`, async () => {
    await using place = await start()
    const nulls = (texts: readonly string[]) => Uint8Array.from(texts, (text) => Number(text === 'gone'))
    const given = [['a', 'gone', 'b'], ['gone'], ['c']] as const
    const wanted = ['k0 a', 'k1 null', 'k2 b', 'k0 null', 'k0 c']
    const read = ({ values, keys, nulls }: Fetched) =>
      textsOf(values).map((text, i) => `${keys && textsOf(keys)[i]} ${nulls?.[i] === 1 ? `null${text}` : text}`)
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 1)
      const cursor = topic.cursor({})
      for (const texts of given) {
        const records = texts.map((text, i) => {
          return { key: Buffer.from(`k${i}`), value: Buffer.from(text === 'gone' ? '' : text) }
        })
        await topic.append(0, { ...appendOf(records), nulls: nulls(texts) })
      }
      const found: string[] = []
      while (!(await cursor.isAtEnd())) {
        await cursor.load(0)
        const fetched = cursor.take(0)
        if (fetched !== undefined) found.push(...read(fetched))
      }
      cursor.close()
      expect(found).toEqual(wanted)
    }
    await using again = await place.open()
    const topic = await again.topic('t', 1)
    await topic.refresh()
    const found: string[] = []
    for (let offset = topic.bounds(0).start; ; ) {
      const fetched = await topic.read(0, offset, 1 << 20)
      if (fetched === undefined) break
      found.push(...read(fetched))
      offset = fetched.next
    }
    expect(found).toEqual(wanted)
  })

  test(`${name}: empty, binary and long records come back, and an append without records writes nothing`, async () => {
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
    const before = topic.bounds(0)
    expect(await topic.append(0, appendOf([]))).toBe(before.end)
    expect(topic.bounds(0)).toEqual(before)
  })

  test(`${name}: a read begins at any offset and has at least one record, except at the end`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    for (const part of [0, 1, 2, 3]) {
      await topic.append(1, appendOf(linesOf(...Array.from({ length: 50 }, (_, line) => `${part * 50 + line}`))))
    }
    const all = await readAll(topic, 1)
    expect(all.map(({ value }) => value)).toEqual(Array.from({ length: 200 }, (_, line) => `${line}`))
    for (const line of [199, 0, 73, 50, 49, 150, 73]) {
      const fetched = await topic.read(1, all[line]?.offset ?? 0, 10)
      expect(fetched?.baseOffset).toBe(all[line]?.offset)
      expect(fetched === undefined ? [] : textsOf(fetched.values)[0]).toBe(`${line}`)
    }
    await topic.refresh()
    const { end } = topic.bounds(1)
    expect(await topic.read(1, end, 10)).toBeUndefined()
    expect(await topic.read(0, 0, 10)).toBeUndefined()
    await expect(topic.read(1, end + 1, 10)).rejects.toMatchObject({ name: 'Failure', code: 'not-found' })
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
      const at = (offset: number) => read[partition]?.find((record) => record.offset === offset)?.value
      const values = offsets.map((offset) => [at(offset), at(offset + 1)])
      expect(values).toEqual([0, 1, 2, 3, 4].map((turn) => [`${appender}/${turn}a`, `${appender}/${turn}b`]))
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    }
  })

  test(`${name}: a cursor hears of records once they can be read, and hands out each once, in order`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    await topic.append(0, appendOf(linesOf('before')))
    const cursor = topic.cursor({})
    const late = topic.cursor({ 0: topic.bounds(0).end })
    const heard = await Promise.all([
      drain(cursor, 5),
      drain(late, 4),
      topic.append(0, appendOf(linesOf('a', 'b'), 5)),
      topic.append(1, appendOf(linesOf('c'), 6)).then(() => topic.append(1, appendOf(linesOf('d'), 7))),
    ])
    expect(heard[0]).toEqual([
      ['before', 'a', 'b'],
      ['c', 'd'],
    ])
    expect(heard[1]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect([await cursor.isAtEnd(), cursor.hasMore(0), cursor.hasMore(1)]).toEqual([true, false, false])
    const stop = new AbortController()
    const waiting = cursor.waitForMore(stop.signal)
    stop.abort()
    await waiting
    await topic.append(1, appendOf(linesOf('e')))
    await cursor.waitForMore(new AbortController().signal)
    expect(cursor.hasMore(1)).toBe(true)
    cursor.close()
    late.close()
  })

  test(`${name}: the lease of an append is released once, also where it has no records`, async () => {
    await using place = await start()
    await using bus = await place.open()
    const topic = await bus.topic('t', 1)
    for (const lines of [['a', 'b'], [], ['c']]) {
      const append = appendOf(linesOf(...lines))
      let frees = 0
      append.values.lease = openLease(() => frees++)
      await topic.append(0, append)
      expect(frees).toBe(1)
    }
    expect((await readAll(topic, 0)).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  })

  test(`${name}: another writer's records wake readers; gaps and NULL values come as they are`, async () => {
    await using place = await start()
    if (place.foreign === undefined) return
    await using bus = await place.open()
    const topic = await bus.topic('t', 1)
    const cursor = topic.cursor({})
    const waiting = cursor.waitForMore(new AbortController().signal)
    const record = (value: string | null) => ({
      key: Buffer.from('k'),
      value: value === null ? null : Buffer.from(value),
      time: 7,
    })
    await place.foreign('t', 0, [record('a'), record(null), record('b')], 2)
    await waiting
    await place.foreign('t', 0, [record('c')], 1)
    await topic.append(0, appendOf(linesOf('own'), 8, 'here'))
    await place.foreign('t', 0, [], 3)
    const found: unknown[] = []
    while (!(await cursor.isAtEnd())) {
      await cursor.load(0)
      const fetched = cursor.take(0)
      if (fetched === undefined) continue
      expect(fetched.next).toBe(cursor.offset(0))
      for (const [i, { offset, value }] of readOf(fetched).entries()) {
        found.push([offset, fetched.nulls?.[i] === 1 ? null : value])
      }
    }
    expect(found.slice(0, 4)).toEqual([
      [0, 'a'],
      [1, null],
      [2, 'b'],
      [5, 'c'],
    ])
    expect(found[4]).toMatchObject([expect.any(Number), 'own'])
    expect(found).toHaveLength(5)
    expect(topic.bounds(0).end).toBe(cursor.offset(0))
    expect(await markOf(topic, 0)).toBe('here')
    cursor.close()
  })

  test(`${name}: each writer's last position is there, also after appends of others and after a restart`, async () => {
    await using place = await start()
    const positionsOf = async (topic: Topic) => [await topic.position('w'), await topic.position('other')]
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 3)
      expect(await topic.position('w')).toEqual([undefined, undefined, undefined])
      await topic.append(0, appendOf(linesOf('a', 'b'), 0, 'place 1'))
      const other = {
        ...appendOf(linesOf('x')),
        position: { writer: 'other', at: { turn: 1, ends: { a: [1, null] } } },
      }
      await Promise.all([
        topic.append(0, other),
        topic.append(0, appendOf(linesOf('c'), 0, 'place 2')),
        topic.append(0, appendOf(linesOf('d'))),
        topic.append(1, { ...other, position: { writer: 'other', at: {} } }),
      ])
      expect(await markOf(topic, 0)).toBe('place 2')
    }
    await using bus = await place.open()
    const topic = await bus.topic('t', 3)
    expect(await positionsOf(topic)).toEqual([
      [{ mark: 'place 2' }, undefined, undefined],
      [{ turn: 1, ends: { a: [1, null] } }, {}, undefined],
    ])
    await topic.append(0, appendOf(linesOf('e'), 0, 'place 3'))
    expect((await positionsOf(topic)).map(([first]) => first)).toEqual([
      { mark: 'place 3' },
      { turn: 1, ends: { a: [1, null] } },
    ])
  })

  test(`${name}: whole closed stretches are deleted up to an offset; later records, positions and ends stay, after a restart too`, async () => {
    await using place = await start()
    let kept: readonly Read[] = []
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 2)
      const space = bus.space('t')
      if (space === undefined) return
      space.closeAt(500)
      for (let i = 0; i < 30; i++) await topic.append(0, appendOf(linesOf(`${i}`, 'x'.repeat(100)), i, `mark ${i}`))
      const all = await readAll(topic, 0)
      const stretches = space.stretches(0)
      expect(stretches.length).toBeGreaterThan(3)
      for (const [i, { start, end, since }] of stretches.entries()) {
        expect(start).toBe(stretches[i - 1]?.end ?? 0)
        expect(since === undefined).toBe(i < stretches.length - 1)
        expect(stretches[i]?.maxTime).toBe(end / 2 - 1)
      }
      const { start, end } = stretches[2] ?? { start: 0, end: 0 }
      await space.trim(0, end - 1)
      expect(topic.bounds(0)).toEqual({ start, end: 60 })
      expect(space.stretches(0)).toEqual(stretches.slice(2))
      kept = all.slice(start)
      expect(await readAll(topic, 0)).toEqual(kept)
      await expect(topic.read(0, start - 1, 10)).rejects.toMatchObject({ name: 'Failure', code: 'not-found' })
      expect(space.stretches(1)).toEqual([{ start: 0, end: 0, bytes: 0, maxTime: -1, since: -1 }])
    }
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 2)
      const space = bus.space('t')
      expect(await readAll(topic, 0)).toEqual(kept)
      await Promise.all([space?.roll(0), space?.roll(1)])
      await space?.trim(0, 60)
      await space?.trim(1, 60)
      expect([topic.bounds(0), topic.bounds(1)]).toEqual([
        { start: 60, end: 60 },
        { start: 0, end: 0 },
      ])
    }
    await using bus = await place.open()
    const topic = await bus.topic('t', 2)
    expect(topic.bounds(0)).toEqual({ start: 60, end: 60 })
    expect(await topic.read(0, 60, 10)).toBeUndefined()
    expect(await markOf(topic, 0)).toBe('mark 29')
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
      expect(await readAll(same as Topic, 2)).toHaveLength(1)
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
    for (const partitions of [0, 1.5, MAX_PARTITIONS + 1]) {
      await expect(bus.topic('many', partitions)).rejects.toMatchObject({ name: 'Failure', code: 'limit' })
    }
    for (const name of ['x'.repeat(place.longestName ?? 249), 'constructor', '__proto__', 'a.b_c-1']) {
      await (await bus.topic(name, 1)).append(0, appendOf(linesOf(name)))
    }
  })

  test(`${name}: groups keep an offset for each partition they committed, after a restart too`, async () => {
    await using place = await start()
    {
      await using bus = await place.open()
      // A broker takes no offsets of topics that it does not have.
      await Promise.all(['t', 'u', '__proto__'].map((name) => bus.topic(name, 3)))
      expect(await bus.committed('g', 't')).toEqual({})
      await bus.commit('g', 't', { 0: 5, 2: 7 })
      await Promise.all([3, 4, 5, 6].map((offset) => bus.commit('g', 't', { 1: offset })))
      await bus.commit('g', 'u', { 0: 2 ** 40 })
      await bus.commit('p.sink.x', '__proto__', { 0: 1 })
    }
    await using bus = await place.open()
    const committed = await bus.committed('g', 't')
    // Commits of one group that are made at once may come in any order.
    expect({ ...committed, 1: 0 }).toEqual({ 0: 5, 1: 0, 2: 7 })
    expect(committed[1]).toBeGreaterThan(2)
    expect(await bus.committed('g', 'u')).toEqual({ 0: 2 ** 40 })
    expect(await bus.committed('p.sink.x', '__proto__')).toEqual({ 0: 1 })
    expect(await bus.committed('h', 't')).toEqual({})
    expect(
      [...(await bus.groups(await bus.groupNames()))]
        .map(([group, topics]) => [group, [...topics.keys()].sort()])
        .sort(),
    ).toEqual([
      ['g', ['t', 'u']],
      ['p.sink.x', ['__proto__']],
    ])
    expect([...(await bus.groups(['g'])).keys()]).toEqual(['g'])
    await expect(bus.commit('a/b', 't', {})).rejects.toMatchObject({ name: 'Failure', code: 'pipeline' })
  })
}

/** Takes records until there are `count` of them; their values by partition. */
async function drain(cursor: Cursor, count: number): Promise<readonly string[][]> {
  const values: string[][] = Array.from({ length: cursor.partitions }, () => [])
  while (values.flat().length < count) {
    await cursor.waitForMore(new AbortController().signal)
    for (const [partition, found] of values.entries()) {
      if (!cursor.hasMore(partition)) continue
      await cursor.load(partition)
      const fetched = cursor.take(partition)
      if (fetched !== undefined) found.push(...textsOf(fetched.values))
      fetched?.values.lease?.release()
    }
  }
  return values
}

/** Compares all but the offsets, which are the bus's own and ascend. */
async function sameRecords(topic: Topic, expected: readonly (readonly Read[])[], maxBytes: number): Promise<void> {
  // A record without a key is read with an empty one where its neighbours in the read have keys.
  const plain = (reads: readonly Read[]) => reads.map(({ key = '', value, time }) => ({ key, value, time }))
  for (const [partition, records] of expected.entries()) {
    const found = await readAll(topic, partition, maxBytes)
    expect(plain(found)).toEqual(plain(records))
    expect(found.map(({ offset }) => offset)).toEqual(found.map(({ offset }) => offset).sort((a, b) => a - b))
    expect(topic.bounds(partition).end).toBeGreaterThan(found.at(-1)?.offset ?? -1)
  }
}
