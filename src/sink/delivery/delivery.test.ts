import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import type { Delivery } from '../sink.ts'
import {
  memoryTopic,
  named,
  passing,
  type Script,
  type Started,
  startLoop,
  textsOf,
  turns,
} from './delivery.test-tool.ts'

/** Runs the loop to the end of its topic. */
async function runToEnd({ loop, ended }: Started): Promise<void> {
  ended.abort()
  await loop.run()
}

/** A sink that takes everything, and the texts of each batch. */
function collecting() {
  const batches: string[][] = []
  const script: Script = {
    async write(delivery) {
      batches.push(textsOf(delivery))
      return undefined
    },
  }
  return { batches, script, sizes: () => batches.map(({ length }) => length) }
}

test('batches are cut and joined to the limits, in order, without waiting where there is no linger', async () => {
  const topic = memoryTopic(2)
  const { sizes, script } = collecting()
  for (const count of [3, 3, 20, 1]) topic.add(0, count)
  const started = await startLoop({ topic, script, limits: { rows: 8, bytes: 1000 } })
  await runToEnd(started)
  expect(sizes()).toEqual([8, 8, 8, 3])
  expect((await started.loop.checkpoint()).offsets).toEqual({ 0: 27, 1: 0 })
  expect(started.loop.rows()).toBe(27)
})

test('a batch that is not full is written when it has waited for linger, and at the end at once', async () => {
  const { batches, sizes, script } = collecting()
  const { loop, topic, ended, clock } = await startLoop({ script, limits: { rows: 8, lingerMs: 700 } })
  const done = loop.run()
  topic.add(0, 2)
  while (batches.length === 0) await setImmediate()
  expect(sizes()).toEqual([2])
  expect(clock.slept).toContain(700)
  topic.add(0, 1)
  ended.abort()
  await done
  expect(sizes()).toEqual([2, 1])
})

test('several batches are under way at once, of one partition only where any order is allowed; a place has no gap', async () => {
  for (const anyOrder of [false, true]) {
    const topic = memoryTopic(2)
    const open: { readonly text: string; finish(): void }[] = []
    const write = (delivery: Delivery) =>
      new Promise<undefined>((resolve) => {
        open.push({ text: textsOf(delivery)[0] ?? '', finish: () => resolve(undefined) })
      })
    topic.add(0, 4)
    topic.add(1, 2)
    const script = { write }
    const { loop, ended } = await startLoop({ topic, script, limits: { rows: 1, bytes: 99, inFlight: 3 }, anyOrder })
    ended.abort()
    const done = loop.run()
    await turns(5)
    const texts = open.map(({ text }) => text)
    expect(texts).toEqual(anyOrder ? ['0/0', '1/0', '0/1'] : ['0/0', '1/0'])
    // The last batch of partition 0 ends first: the place stays before it, and the checkpoint does not wait for the others.
    open.at(-1)?.finish()
    await turns(2)
    expect((await loop.checkpoint()).offsets).toEqual({})
    while (open.some((_, i) => i < 6) && loop.rows() < 6) {
      for (const one of open) one.finish()
      await setImmediate()
    }
    await done
    expect((await loop.checkpoint()).offsets).toEqual({ 0: 4, 1: 2 })
  }
})

// Promise sink-retries: A store that fails is tried again until it works, with one warning when it fails and one when it works
// again.
test('there is one warning when a store fails, and one when it works again; pauses are random, below a limit that doubles', async () => {
  let left = 12
  const write = async () => {
    if (left-- > 0) throw passing('connection refused')
    return undefined
  }
  const started = await startLoop({ records: 1, script: { write } })
  const { said, clock } = started
  await runToEnd(started)
  expect(said).toEqual(['connection refused; trying again until it works', 'it goes on'])
  expect(clock.slept).toHaveLength(12)
  for (const [i, pause] of clock.slept.entries()) expect(pause).toBeLessThan(Math.min(30_000, 100 * 2 ** i))
  expect(Math.max(...clock.slept)).toBeGreaterThan(5000)
})

test('a lasting failure holds the group until it is mended; once the topic has ended, it is the failure of the group', async () => {
  const denied = new Failure('denied', 'no permission', { hint: 'ask for it' })
  let tries = 0
  const write = async () => {
    tries++
    throw denied
  }
  const { loop, ended, said } = await startLoop({ records: 1, script: { write } })
  const done = loop.run()
  while (tries < 5) await setImmediate()
  expect(loop.failure()).toBeUndefined()
  expect(said).toEqual(['no permission (ask for it); trying again until it works'])
  ended.abort()
  await done
  expect(loop.failure()).toBe(denied)
  expect((await loop.checkpoint()).offsets).toEqual({})
})

// Promise sink-at-stop: What a sink cannot write at a clean stop is left for the next run; one that hangs is left after a
// grace.
test('stopped while the store fails, the loop leaves the rest at once; while the store hangs, after a grace', async () => {
  for (const hangs of [false, true]) {
    let signal: AbortSignal | undefined
    const write = async (_: Delivery, giveUp: AbortSignal | undefined) => {
      signal = giveUp
      if (!hangs) throw passing('down')
      await new Promise(() => {})
      return undefined
    }
    const { loop, ended, giveUp, clock } = await startLoop({ records: 3, script: { write } })
    const done = loop.run()
    await turns(5)
    ended.abort()
    giveUp.abort()
    await done
    expect(signal?.aborted).toBe(hangs)
    if (hangs) expect(clock.slept).toContain(8000)
    expect(loop.status().trouble?.text).toBe(hangs ? 'it had not finished its last write' : 'down')
    expect((await loop.checkpoint()).offsets).toEqual({})
  }
})

// Promise sink-at-start: A store that is away at the start is waited for; what is wrong for good is said at once.
test('a store that is away at the start is waited for; a lasting failure to open it is thrown at once', async () => {
  const { batches, script } = collecting()
  let tries = 0
  const openLate = async () => {
    if (tries++ < 3) throw passing('no such host')
  }
  const started = await startLoop({ records: 3, script: { ...script, open: openLate } })
  expect((await started.loop.checkpoint()).offsets).toEqual({})
  await runToEnd(started)
  expect(batches.flat()).toEqual(named(0, 3))
  expect(started.said).toEqual(['no such host; trying again until it works', 'it goes on'])
  const open = async () => {
    throw new Failure('denied', 'wrong password')
  }
  await expect(startLoop({ script: { open } })).rejects.toThrow('wrong password')
})

test('a flush or a close that fails moves no place and ends nothing', async () => {
  let fails = false
  const script: Script = {
    async flush() {
      if (fails) throw new Failure('denied', 'no')
      return { n: 1 }
    },
    async close() {
      throw passing('gone')
    },
  }
  const started = await startLoop({ records: 3, script })
  const { loop, said } = started
  await loop.checkpoint()
  fails = true
  await runToEnd(started)
  expect(await loop.checkpoint()).toEqual({ offsets: { 0: 0 }, state: { n: 1 } })
  await loop.checkpoint()
  fails = false
  expect(await loop.checkpoint()).toEqual({ offsets: { 0: 3 }, state: { n: 1 } })
  await loop[Symbol.asyncDispose]()
  expect(said).toEqual([
    'no; what was written is kept by a later checkpoint',
    'what was written is kept again',
    'it could not be closed: gone',
  ])
})

test('no write begins while a flush is under way, also where its records come from a slow log', async () => {
  const steps: string[] = []
  const script: Script = {
    async write() {
      steps.push('write')
      return undefined
    },
    async flush() {
      steps.push('flush')
      await turns(5)
      steps.push('flushed')
      return {}
    },
  }
  const before = { offsets: { 0: 0 }, state: {} }
  const { loop, ended } = await startLoop({ topic: memoryTopic(1, 3), records: 3, script, before })
  ended.abort()
  const done = loop.run()
  await turns(1)
  await loop.checkpoint()
  await done
  expect((await loop.checkpoint()).offsets).toEqual({ 0: 3 })
  expect(steps).toEqual(['flush', 'flushed', 'write', 'flush', 'flushed'])
})

// Promise sink-refuses: Of rows that a store refuses only the bad ones become dead letters.
test('of a batch that is refused, only the bad rows become dead letters, with one warning', async () => {
  const rows: string[] = []
  const write = async (delivery: Delivery) => {
    const texts = textsOf(delivery)
    if (texts.includes('0/17') || texts.includes('0/64')) return { kind: 'batch', reason: 'no number' } as const
    rows.push(...texts)
    return undefined
  }
  const started = await startLoop({ records: 100, script: { write } })
  const { loop, said, letters } = started
  await runToEnd(started)
  expect(letters).toEqual(['0/17', '0/64'])
  expect(rows).toEqual(named(0, 100).filter((text) => !letters.includes(text)))
  expect(loop.rows()).toBe(98)
  expect(said).toEqual([
    'the row at partition 0, offset 17 was refused: no number; what is refused goes to the dead letters',
  ])
})

test('at the end a sink puts out what it holds, until that works; no checkpoint flushes it meanwhile', async () => {
  let tries = 0
  let flushes = 0
  let open = () => {}
  const held = new Promise<void>((resolve) => {
    open = resolve
  })
  const started = await startLoop({
    records: 2,
    script: {
      ...collecting().script,
      async flush() {
        flushes++
        return { flushes }
      },
      async finish() {
        if (++tries < 3) throw passing('down')
        await held
      },
    },
  })
  const { loop, said } = started
  await loop.checkpoint()
  const running = runToEnd(started)
  await loop.checkpoint()
  while (tries < 3) await turns(1).then(() => loop.checkpoint())
  const before = flushes
  expect(await loop.checkpoint()).not.toMatchObject({ state: { flushes: before + 1 } })
  expect(flushes).toBe(before)
  open()
  await running
  expect(said).toEqual(['down; trying again until it works', 'it goes on'])
  expect(await loop.checkpoint()).toEqual({ offsets: { 0: 2 }, state: { flushes: before + 1 } })
})

test('what a sink cannot put out for a lasting reason is left for the next run, which the failure says', async () => {
  const full = new Failure('denied', 'not allowed')
  const started = await startLoop({
    records: 1,
    script: {
      ...collecting().script,
      async finish() {
        throw full
      },
    },
  })
  await runToEnd(started)
  expect(started.loop.failure()).toBe(full)
})
