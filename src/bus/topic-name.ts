/** Checks the names of topics and groups: Kafka's characters and length, so that a name works on either bus and as a file's name. */
import { Failure } from '../base/failure.ts'
import { MAX_PARTITIONS } from './bus.ts'

const MAX_NAME = 249

/** Throws a Failure ('pipeline') for a name that a topic or group cannot have. */
export function checkName(kind: 'topic' | 'group', name: string): void {
  const problem = problemOf(name)
  if (problem === undefined) return
  throw new Failure('pipeline', `${JSON.stringify(name)} cannot be the name of a ${kind}: ${problem}`, {
    hint: `A name has 1 to ${MAX_NAME} of the characters a-z, A-Z, 0-9, '.', '_' and '-'.`,
  })
}

/** Throws a Failure for a topic that cannot be: 'pipeline' for its name, 'limit' for its number of partitions. */
export function checkPartitions(name: string, partitions: number): void {
  checkName('topic', name)
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS) return
  throw new Failure('limit', `topic ${name} cannot have ${partitions} partitions: 1 to ${MAX_PARTITIONS} can be`)
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return 'it means a folder'
  if (name.length > MAX_NAME) return `it is ${name.length} characters long`
  const odd = /[^a-zA-Z0-9._-]/u.exec(name)
  return odd === null ? undefined : `it has ${JSON.stringify(odd[0])}`
}
