/**
 * A topic, the sink `spool`, a folder, the source `spool` and another topic: whatever of it is killed, and when, the second topic
 * has every record of the first exactly once, and every file was put away.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Disk, DiskFile } from '../../src/base/disk/disk.ts'
import type { Offset } from '../../src/base/quantity.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { hastyDisk } from '../../src/data/data-folder.test-tool.ts'
import { openTopicWriter } from '../../src/run/topic-writer.ts'
import type { SinkState } from '../../src/sink/sink.ts'
import { arrived } from '../../src/sink/spool/spool.test-tool.ts'
import { spoolSink } from '../../src/sink/spool/spool.ts'
import { spool as spoolSource } from '../../src/source/spool/spool.ts'
import { makeFolder } from '../contract/folder.ts'
import { openSinkAt } from '../contract/sink.ts'
import { runSource } from '../contract/source.ts'
import { type KeptTopic, keptTopic } from './kept-topic.ts'

const NOON = Date.UTC(2026, 5, 1, 12)
const IN_PARTITIONS = 2

/** A process: it is killed before its n-th operation on the disk or append, and does nothing from then on. */
type Life = { readonly disk: Disk; readonly killed: AbortSignal; step(): void }

function lifeOf(operations: number): Life {
  const death = new AbortController()
  let left = operations
  const step = () => {
    if (--left <= 0) death.abort(new Error('killed'))
    death.signal.throwIfAborted()
  }
  const open = (file: DiskFile): DiskFile => ({
    ...file,
    write(buffers, position) {
      if (left === 1) file.write([Buffer.concat(buffers).subarray(0, 3)], position)
      step()
      file.write(buffers, position)
    },
    truncate(size) {
      step()
      file.truncate(size)
    },
    async sync() {
      step()
      await setImmediate()
      step()
    },
  })
  const disk: Disk = {
    ...hastyDisk,
    open(path, access, readers) {
      step()
      return open(hastyDisk.open(path, access, readers))
    },
    async mkdir(folder, readers) {
      step()
      await hastyDisk.mkdir(folder, readers)
    },
    rename(from, to) {
      step()
      hastyDisk.rename(from, to)
    },
    unlink(path) {
      step()
      hastyDisk.unlink(path)
    },
    async syncFolder() {
      step()
      await setImmediate()
      step()
    },
  }
  return { disk, killed: death.signal, step }
}

type World = {
  readonly folder: string
  readonly random: Random
  readonly records: readonly string[][]
  readonly out: KeptTopic
  /** Options of the source. */
  readonly options: { readonly record: 'line' | 'file'; readonly done: unknown }
  checkpoint: { readonly offsets: readonly Offset[]; readonly state: SinkState | undefined }
}

const textOf = (partition: number, offset: number): string => `{\n  "record": "${partition}/${offset}"\n}\n`

const linesIn = (text: string): string[] => text.split('\n').slice(0, -1)

/** Delivers what comes behind the last checkpoint, with checkpoints on the way. */
async function runSink(world: World, life: Life): Promise<void> {
  const { folder, random, records } = world
  const target = { options: { folder: 'in', name: 'r_%Y%m%d_%H%M%S.json' }, folder }
  const { offsets: from, state } = world.checkpoint
  const sink = await openSinkAt(spoolSink, target, {
    disk: life.disk,
    state,
    clock: { ...systemClock, now: () => NOON },
  })
  const next = [...from]
  const keep = async () => {
    const kept = { offsets: [...next], state: JSON.parse(JSON.stringify(await sink.flush())) as SinkState }
    life.step()
    world.checkpoint = kept
  }
  await keep()
  for (;;) {
    const behind = next.flatMap((offset, p) => (offset < (records[p]?.length ?? 0) ? [p] : []))
    const partition = behind[random.below(Math.max(1, behind.length))]
    if (partition === undefined) break
    const base = next[partition] as number
    const texts = records[partition]?.slice(base, base + 1 + random.below(5)) ?? []
    await sink.write(
      arrived(
        partition,
        base,
        texts.map((text, i) => [text, NOON + (base + i) * 400]),
      ),
    )
    next[partition] = base + texts.length
    if (random.below(2) === 0) await keep()
  }
  await keep()
}

/** Takes what is in the folder. Appends become durable a few turns later, for each partition by itself. */
async function runSpool({ folder, random, out, options }: World, life: Life): Promise<void> {
  const append: KeptTopic['append'] = async (partition, one) => {
    life.step()
    await out.append(partition, one)
    // Long enough at times that several files are under way.
    for (let turns = random.below(2) * random.below(2000); turns > 0; turns--) await setImmediate()
    life.step()
    out.keep()
    return 0
  }
  const writer = await openTopicWriter({ ...out, append }, systemClock)
  const { place, places } = writer.resume('input', true)
  const deliver = writer.deliver('input')
  const journal = {
    disk: life.disk,
    path: join(folder, '.journal'),
    fullDisk: { whenRoom: async <T>(work: () => T | Promise<T>) => work() },
  }
  const run = runSource(
    // The appends of the writer say when records are durable, and nothing else does.
    {
      ...spoolSource,
      open: async (options, context) => {
        const source = await spoolSource.open(options, context)
        return {
          ...source,
          describe: '',
          run: () => source.run(deliver),
          [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
        }
      },
    },
    { folder: 'in', settle: '0s', ...options },
    { place, places, folder, disk: life.disk, journal, signal: life.killed, missed: [] },
  )
  await run
  life.killed.throwIfAborted()
}

/** Some work of a process; false where it was killed. */
async function survives(work: Promise<void>, { killed }: Life): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!killed.aborted) throw error
    // What was under way ends, and changes nothing.
    for (let turns = 0; turns < 8; turns++) await setImmediate()
  }
}

const step = fc.record({
  adds: fc.tuple(fc.nat(6), fc.nat(6)),
  sink: fc.option(fc.nat(60)),
  source: fc.option(fc.nat(40)),
  share: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)),
})

// Promise spool-chain: A record that goes through the sink `spool` and the source `spool` is in the second topic exactly once,
// whichever of them is killed, and when.
test('from a topic through a folder to another topic, each record comes exactly once', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('rename', 'delete', 'keep', { move: 'put-away' }),
      fc.constantFrom('file', 'line'),
      fc.integer({ min: 1, max: 3 }),
      fc.integer(),
      async (steps, done, record, partitions, seed) => {
        const folder = await makeFolder({})
        const out = keptTopic(partitions)
        const records: string[][] = Array.from({ length: IN_PARTITIONS }, () => [])
        const offsets = records.map(() => 0)
        const world: World = {
          folder,
          random: seededRandom(seed),
          records,
          out,
          options: { record, done },
          checkpoint: { offsets, state: undefined },
        }
        await hastyDisk.mkdir(join(folder, 'in'))
        const live = async (
          sinkOperations: number | null,
          sourceOperations: number | null,
          share: readonly number[],
        ) => {
          const lives = [sinkOperations, sourceOperations].map((most) => lifeOf(most ?? Number.POSITIVE_INFINITY))
          const [sink, source] = lives as [Life, Life]
          await Promise.all([
            sinkOperations === 0 ? undefined : survives(runSink(world, sink), sink),
            sourceOperations === 0 ? undefined : survives(runSpool(world, source), source),
          ])
          if (source.killed.aborted) out.crash((partition) => (share[partition] ?? 0) / 4)
        }
        for (const { adds, sink, source, share } of steps) {
          for (const [partition, count] of adds.entries()) {
            for (let i = 0; i < count; i++) records[partition]?.push(textOf(partition, records[partition]?.length ?? 0))
          }
          await live(sink, source, share)
        }
        await live(null, 0, [])
        await live(0, null, [])
        const found = Array.from({ length: partitions }, (_, partition) => out.lines(partition)).flat()
        const all = records.flat()
        expect(found.sort()).toEqual((record === 'file' ? all : all.flatMap(linesIn)).sort())
        const left = (await readdir(join(folder, 'in'))).filter((name) => !name.endsWith('.COMPLETED'))
        expect(left).toHaveLength(done === 'keep' ? all.length : 0)
      },
    ),
    { numRuns: 60 },
  )
})
