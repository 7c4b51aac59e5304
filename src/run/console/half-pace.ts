/**
 * The pace of a run beside a pipeline: it reads little in one go, and rests after each read for the time that the read took, so
 * that the pipeline has at least half of the thread that they share.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { SpanPace } from '../../history/span-query.ts'

/** Bytes read and worked on in one go. */
const READ_BYTES = 256 << 10

/** `onRead` is told how many records each read had; what it waits for is no work, and asks for no rest. */
export function halfPace(clock: Clock, onRead: (records: number) => Promise<void> | void): SpanPace {
  let began = clock.elapsed()
  return {
    readBytes: READ_BYTES,
    async pause(records) {
      const took = clock.elapsed() - began
      await onRead(records)
      if (took > 1) await clock.sleep(took)
      else await setImmediate()
      began = clock.elapsed()
    },
  }
}
