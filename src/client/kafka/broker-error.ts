/**
 * The error codes that a broker answers with, in words. What is not in the table has the name that Kafka gives it, and is
 * retryable where Kafka says so.
 */
import { protocolErrors, protocolErrorsCodesById } from '@platformatic/kafka'
import { Failure, type FailureCode } from '../../base/failure.ts'

type Meaning = {
  readonly words: string
  /** The same request may work later, perhaps with another broker; without it, it fails again. */
  readonly retryable?: boolean
  readonly code?: FailureCode
  readonly hint?: string
}

/** Kafka's code for an error that has none. */
export const UNKNOWN_ERROR = -1
export const OFFSET_OUT_OF_RANGE = 1
export const UNKNOWN_TOPIC = 3
export const MESSAGE_TOO_LARGE = 10
export const TOPIC_EXISTS = 36
export const OUT_OF_ORDER_SEQUENCE = 45
export const DUPLICATE_SEQUENCE = 46
export const INVALID_PRODUCER_EPOCH = 47
export const INVALID_PRODUCER_ID_MAPPING = 49
export const CONCURRENT_TRANSACTIONS = 51
export const OPERATION_NOT_ATTEMPTED = 55
export const UNKNOWN_PRODUCER_ID = 59
export const PRODUCER_FENCED = 90

const OTHER_BROKER: Meaning = { words: 'another broker has to be asked now', retryable: true }
const ACLS = 'Give the user this right (`kafka-acls --add`), or let the pipeline use another user.'

const MEANINGS: { readonly [code: number]: Meaning } = {
  1: { words: 'the offset is not in the log', code: 'not-found' },
  2: { words: 'the batch was damaged on its way', retryable: true },
  3: { words: 'the broker does not know the topic or partition', retryable: true, code: 'not-found' },
  5: { words: 'the partition has no leader', retryable: true },
  6: OTHER_BROKER,
  7: { words: 'the replicas did not answer the broker in time', retryable: true },
  8: { words: 'the broker is not available', retryable: true },
  9: OTHER_BROKER,
  10: {
    words: 'the batch is larger than the topic allows',
    code: 'limit',
    hint: 'Raise `max.message.bytes` of the topic (`kafka-configs --alter --entity-type topics`).',
  },
  13: { words: 'the broker was cut off from the cluster', retryable: true },
  14: { words: 'its coordinator is loading what it keeps', retryable: true },
  15: { words: 'it has no coordinator', retryable: true },
  16: OTHER_BROKER,
  17: { words: 'the broker does not allow a topic of this name', code: 'pipeline' },
  18: { words: 'the batch is larger than a segment of the topic', code: 'limit' },
  19: { words: 'too few replicas of the partition are in sync (`min.insync.replicas`)', retryable: true },
  20: { words: 'too few replicas of the partition are in sync (`min.insync.replicas`)', retryable: true },
  22: { words: 'the group has members of its own', code: 'in-use' },
  25: { words: 'the group has members of its own', code: 'in-use' },
  23: {
    words: 'the group has members of another kind',
    code: 'in-use',
    hint: 'Another version of tailrace shares this pipeline, or another program has the group: stop it first.',
  },
  26: {
    words: 'the broker does not allow a session of this length',
    code: 'pipeline',
    hint: 'Write a `share: { session: … }` between `group.min.session.timeout.ms` and `group.max.session.timeout.ms` of the broker.',
  },
  27: { words: 'the group is dividing its partitions among its members', retryable: true },
  29: { words: 'the user may not use the topic', code: 'denied', hint: ACLS },
  30: { words: 'the user may not use the group', code: 'denied', hint: ACLS },
  31: { words: 'the user may not do this in the cluster', code: 'denied', hint: ACLS },
  32: {
    words: 'the broker does not take the time of the records',
    hint: 'Set the clock of this machine, or `message.timestamp.after.max.ms` of the topic.',
  },
  36: { words: 'the topic exists already', code: 'pipeline' },
  38: {
    words: 'the cluster has fewer brokers than the topic is to have replicas',
    code: 'pipeline',
    hint: 'Write a lower `replication`, or start more brokers.',
  },
  39: { words: 'the broker does not take this number of partitions', code: 'pipeline' },
  40: { words: 'the broker does not take this configuration of the topic', code: 'pipeline' },
  41: { words: 'the controller has moved to another broker', retryable: true },
  44: { words: 'a rule of the broker refuses the topic', code: 'pipeline' },
  51: { words: 'a transaction of it is being ended, and some partition does not have the end yet', retryable: true },
  53: {
    words: 'the user may not use it',
    code: 'denied',
    hint: 'Give the user the rights Write and Describe on it: `kafka-acls --add --allow-principal User:NAME --operation Write --operation Describe --transactional-id ID`.',
  },
  56: { words: 'the broker cannot use its disk', retryable: true },
  74: OTHER_BROKER,
  75: { words: 'the broker does not know yet that it leads the partition', retryable: true },
  76: { words: 'the broker does not support the compression', code: 'pipeline' },
  78: { words: 'the new leader does not know yet how far its replicas are', retryable: true },
  87: { words: 'the broker does not take the records' },
  89: { words: 'the broker holds this client back (a quota)', retryable: true },
  100: { words: 'the broker does not know the topic', retryable: true, code: 'not-found' },
  103: { words: 'the topic has been deleted and made anew', code: 'not-found' },
}

/** The Failure for a broker's error code; `subject` says what it is about, such as `topic access`. */
export function brokerFailure(code: number, subject: string, detail?: string | null): Failure {
  const { words, retryable = false, code: kind = 'io', hint } = MEANINGS[code] ?? unknown(code)
  const more = detail ? `: ${detail}` : ''
  return new Failure(kind, `${subject}: ${words}${more} (Kafka's error ${code}, ${nameOf(code)})`, {
    hint,
    retryable,
  })
}

/** Throws the Failure for a broker's error code, unless there is no error. */
export function checkCode(code: number, subject: string): void {
  if (code !== 0) throw brokerFailure(code, subject)
}

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
    retryable: known?.canRetry === true,
  }
}
