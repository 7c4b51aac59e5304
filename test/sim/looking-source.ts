/** A source of files that looks only when a test says so: the test decides what happens between two looks. */
import type { Clock } from '../../src/base/clock.ts'
import { openTopicWriter } from '../../src/run/topic-writer.ts'
import { file } from '../../src/source/file/file.ts'
import type { KeptTopic } from './kept-topic.ts'

export type LookingSource = { look(): Promise<void>; stop(): Promise<void> }

export type Looking = {
  readonly pattern: string
  readonly folder: string
  readonly topic: KeptTopic
  elapsed(): number
  warn?(message: string): void
}

/** Starts the source; resolves once it has looked for the first time. */
export async function startSource({
  pattern,
  folder,
  topic,
  elapsed,
  warn = () => {},
}: Looking): Promise<LookingSource> {
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
  const writer = await openTopicWriter(topic, clock, async () => {})
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
