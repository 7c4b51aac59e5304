/** What wakes a reader that waits for records. */
import type { ReadTopic } from './open-topics.ts'

type Awaited = {
  readonly read: Pick<ReadTopic, 'ticks' | 'ended'>
  /** Aborted when the reader is to stop where it is. */
  readonly halt: AbortSignal
}

export type ReaderAlarm = {
  /** A wake-up from here on counts for the next wait. */
  reset(): void
  /** Aborted when it rings. */
  signal(): AbortSignal
  close(): void
}

/**
 * Wakes a reader that waits for records: when a tick is durable, the topic ends or the reader is halted. A wake-up between
 * `reset` and the wait counts, too.
 */
export function openReaderAlarm({ read, halt }: Awaited): ReaderAlarm {
  const signals = [read.ended.signal, halt]
  let ringing = new AbortController()
  // With a reason: without one an error is made each time, with its stack.
  const ring = () => ringing.abort('woken')
  const forget = read.ticks?.onTick(ring)
  for (const signal of signals) signal.addEventListener('abort', ring)
  return {
    reset() {
      if (ringing.signal.aborted) ringing = new AbortController()
    },
    signal: () => (signals.some(({ aborted }) => aborted) ? AbortSignal.abort('woken') : ringing.signal),
    close() {
      for (const signal of signals) signal.removeEventListener('abort', ring)
      forget?.()
    },
  }
}
