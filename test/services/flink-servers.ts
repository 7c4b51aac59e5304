/** Kafka and Flink for the tests of a `describe`, and waiting for rows of a run beside them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import type { Ended, Running } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const POLL_MS = 200

/** Whether the servers cannot be started here, which is said. */
export const isFlinkMissing = (): Promise<boolean> =>
  isMissing('Kafka or Flink', () => Promise.all(['kafka', 'flink'].map(installedJars)))

/** Starts one broker and a Flink before the tests, and stops them behind these; they are there while a test runs. */
export function flinkServers(limitMs: number): { readonly kafka: () => Kafka; readonly flink: () => Flink } {
  let started: readonly [Kafka, Flink] | undefined
  const there = (): readonly [Kafka, Flink] => {
    if (started === undefined) throw new Error('the servers are there once the first test runs')
    return started
  }
  beforeAll(async () => {
    started = await Promise.all([startKafka({ brokers: 1 }), startFlink()])
  }, limitMs)
  afterAll(async () => {
    await Promise.all((started ?? []).map((server) => server.stop()))
  })
  return { kafka: () => there()[0], flink: () => there()[1] }
}

/** Resolves when it is true; rejects with what the run has said where that has ended before. */
export async function whileRunning(running: Running, isSo: () => boolean): Promise<void> {
  let ended: Ended | undefined
  void running.ended.then((one) => (ended = one))
  while (!isSo()) {
    if (ended !== undefined) throw new Error(ended.stderr)
    await sleep(POLL_MS)
  }
}
