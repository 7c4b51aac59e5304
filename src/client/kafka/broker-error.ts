/**
 * The error codes that a broker answers with, in words. What is not in the table is final, and has the name that Kafka gives
 * it.
 */
import { protocolErrors, protocolErrorsCodesById } from '@platformatic/kafka'
import { Failure, type FailureCode } from '../../base/failure.ts'

/**
 * What to do about an error: ask the same broker again after a while; ask for the partition's leader or the group's
 * coordinator first, as it is elsewhere; or nothing, as the same request fails again.
 */
export type Remedy = 'again' | 'elsewhere' | 'final'

type Meaning = {
  readonly words: string
  readonly remedy: Remedy
  readonly code?: FailureCode
  readonly hint?: string
}

export const OFFSET_OUT_OF_RANGE = 1
export const UNKNOWN_TOPIC = 3
export const MESSAGE_TOO_LARGE = 10
export const TOPIC_EXISTS = 36
export const OUT_OF_ORDER_SEQUENCE = 45
export const DUPLICATE_SEQUENCE = 46
export const INVALID_PRODUCER_EPOCH = 47
export const UNKNOWN_PRODUCER_ID = 59

const ELSEWHERE: Meaning = { words: 'another broker has to be asked now', remedy: 'elsewhere' }
const ACLS = 'Give the user this right (`kafka-acls --add`), or let the pipeline use another user.'

const MEANINGS: { readonly [code: number]: Meaning } = {
  1: { words: 'the offset is not in the log', remedy: 'final', code: 'not-found' },
  2: { words: 'the batch was damaged on its way', remedy: 'again' },
  3: { words: 'the broker does not know the topic or partition', remedy: 'elsewhere', code: 'not-found' },
  5: { words: 'the partition has no leader', remedy: 'elsewhere' },
  6: ELSEWHERE,
  7: { words: 'the replicas did not answer the broker in time', remedy: 'again' },
  8: { words: 'the broker is not available', remedy: 'again' },
  9: ELSEWHERE,
  10: {
    words: 'the batch is larger than the topic allows',
    remedy: 'final',
    code: 'limit',
    hint: 'Raise `max.message.bytes` of the topic (`kafka-configs --alter --entity-type topics`).',
  },
  13: { words: 'the broker was cut off from the cluster', remedy: 'again' },
  14: { words: 'the coordinator of the group is loading its offsets', remedy: 'again' },
  15: { words: 'the group has no coordinator', remedy: 'elsewhere' },
  16: ELSEWHERE,
  17: { words: 'the broker does not allow a topic of this name', remedy: 'final', code: 'pipeline' },
  18: { words: 'the batch is larger than a segment of the topic', remedy: 'final', code: 'limit' },
  19: { words: 'too few replicas of the partition are in sync (`min.insync.replicas`)', remedy: 'again' },
  20: { words: 'too few replicas of the partition are in sync (`min.insync.replicas`)', remedy: 'again' },
  22: { words: 'the group has members of its own', remedy: 'final', code: 'in-use' },
  25: { words: 'the group has members of its own', remedy: 'final', code: 'in-use' },
  27: { words: 'the group is dividing its partitions among its members', remedy: 'again' },
  29: { words: 'the user may not use the topic', remedy: 'final', code: 'denied', hint: ACLS },
  30: { words: 'the user may not use the group', remedy: 'final', code: 'denied', hint: ACLS },
  31: { words: 'the user may not do this in the cluster', remedy: 'final', code: 'denied', hint: ACLS },
  32: {
    words: 'the broker does not take the time of the records',
    remedy: 'final',
    hint: 'Set the clock of this machine, or `message.timestamp.after.max.ms` of the topic.',
  },
  36: { words: 'the topic exists already', remedy: 'final', code: 'pipeline' },
  38: {
    words: 'the cluster has fewer brokers than the topic is to have replicas',
    remedy: 'final',
    code: 'pipeline',
    hint: 'Write a lower `replication`, or start more brokers.',
  },
  39: { words: 'the broker does not take this number of partitions', remedy: 'final', code: 'pipeline' },
  40: { words: 'the broker does not take this configuration of the topic', remedy: 'final', code: 'pipeline' },
  41: { words: 'the controller has moved to another broker', remedy: 'elsewhere' },
  44: { words: 'a rule of the broker refuses the topic', remedy: 'final', code: 'pipeline' },
  56: { words: 'the broker cannot use its disk', remedy: 'elsewhere' },
  74: ELSEWHERE,
  75: { words: 'the broker does not know yet that it leads the partition', remedy: 'elsewhere' },
  76: { words: 'the broker does not support the compression', remedy: 'final', code: 'pipeline' },
  78: { words: 'the new leader does not know yet how far its replicas are', remedy: 'again' },
  87: { words: 'the broker does not take the records', remedy: 'final' },
  89: { words: 'the broker holds this client back (a quota)', remedy: 'again' },
  100: { words: 'the broker does not know the topic', remedy: 'elsewhere', code: 'not-found' },
  103: { words: 'the topic has been deleted and made anew', remedy: 'final', code: 'not-found' },
}

/** The Failure for a broker's error code; `subject` says what it is about, such as `topic access`. */
export function brokerFailure(code: number, subject: string, detail?: string | null): Failure {
  const { words, remedy, code: kind = 'io', hint } = MEANINGS[code] ?? unknown(code)
  const more = detail ? `: ${detail}` : ''
  return new Failure(kind, `${subject}: ${words}${more} (Kafka's error ${code}, ${nameOf(code)})`, {
    hint,
    retryable: remedy !== 'final',
  })
}

/** What to do about a broker's error code. */
export const remedyOf = (code: number): Remedy => (MEANINGS[code] ?? unknown(code)).remedy

function nameOf(code: number): string {
  const names: { readonly [id: string]: string } = protocolErrorsCodesById
  return names[String(code)] ?? 'not a name that is known here'
}

function unknown(code: number): Meaning {
  const known = Object.values<{ readonly code: number; readonly canRetry: boolean; readonly message: string }>(
    protocolErrors,
  ).find((one) => one.code === code)
  return {
    words: known === undefined ? 'the broker refuses' : known.message.replace(/\.$/, ''),
    remedy: known?.canRetry === true ? 'again' : 'final',
  }
}
