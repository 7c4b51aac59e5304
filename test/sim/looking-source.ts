/** A source of files that looks only when a test says so: the test decides what happens between two looks. */
import type { Clock } from '../../src/base/clock.ts'
import { openTopicWriter } from '../../src/run/topic-writer.ts'
import { file } from '../../src/source/file/file.ts'
import { type KeptTopic, keptTopic } from './kept-topic.ts'

const POLL_MS = 200

/** A source over a topic that keeps what a crash leaves. It lives several times. */
export type LookingSource = AsyncDisposable & {
  readonly topic: KeptTopic
  /** Starts the source, unless it runs, and lets it look once. */
  start(): Promise<void>
  /** Lets the source look, if it runs. */
  look(times: number): Promise<void>
  /** Starts the source, or lets it look if it runs. */
  startOrLook(): Promise<void>
  /** Starts the source, lets it read all there is, and keeps it. */
  settle(): Promise<void>
  /** Lets time pass. */
  wait(milliseconds: number): void
  /** Stops the source cleanly, if it runs. */
  stop(): Promise<void>
  /** Kills the source, if it runs; this share of the waiting appends of each partition is kept. */
  crash(share: (partition: number) => number): Promise<void>
}

type Looking = { readonly pattern: string; readonly folder: string; readonly partitions: number }

/** A source that is not started yet. */
export function lookingSource({ pattern, folder, partitions }: Looking, warn = (_: string): void => {}): LookingSource {
  const topic = keptTopic(partitions, Number.POSITIVE_INFINITY, 'kept')
  let elapsed = 0
  let running: Awaited<ReturnType<typeof startSource>> | undefined
  const end = async () => {
    await running?.stop()
    running = undefined
  }
  const start = async () => {
    running ??= await startSource({ pattern, folder, topic, elapsed: () => elapsed, warn })
  }
  const look = async (times: number) => {
    for (let i = 0; i < times; i++) {
      elapsed += POLL_MS
      await running?.look()
    }
  }
  return {
    topic,
    start,
    look,
    startOrLook: () => (running === undefined ? start() : look(1)),
    async settle() {
      await start()
      await look(13)
      topic.keep()
    },
    wait(milliseconds) {
      elapsed += milliseconds
    },
    async stop() {
      await end()
      topic.keep()
    },
    async crash(share) {
      topic.crash(share)
      await end()
      topic.crash(() => 0)
    },
    [Symbol.asyncDispose]: end,
  }
}

type Starting = {
  readonly pattern: string
  readonly folder: string
  readonly topic: KeptTopic
  elapsed(): number
  warn(message: string): void
}

/** Starts the source; resolves once it has looked for the first time. */
async function startSource({ pattern, folder, topic, elapsed, warn }: Starting) {
  const stop = new AbortController()
  let ready = Promise.withResolvers<void>()
  let next = Promise.withResolvers<void>()
  const clock: Clock = {
    now: () => 0,
    elapsed,
    async sleep() {
      const go = next.promise
      ready.resolve()
      await go
    },
  }
  const writer = await openTopicWriter(topic, clock)
  const context = { name: 'input', folder, clock, untilEnd: false, signal: stop.signal, warn }
  const source = await file.open(file.options.parse(pattern), { ...context, ...writer.resume('input', true) })
  const running = source.run(writer.deliver('input'))
  running.catch((error) => ready.reject(error))
  await ready.promise
  const look = async () => {
    ready = Promise.withResolvers()
    const { resolve } = next
    next = Promise.withResolvers()
    resolve()
    await ready.promise
  }
  return {
    look,
    async stop() {
      stop.abort()
      next.resolve()
      await running
      await source[Symbol.asyncDispose]()
    },
  }
}
