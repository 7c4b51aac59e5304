/** What is wrong with the copies of a topic's partitions, on a bus with brokers. */
import type { PartitionStatus } from '../../../src/server/api/status.ts'
import type { Tone } from '../../part/badge.tsx'
import { plural } from '../../part/format.ts'

export type Health = { readonly tone: Tone; readonly text: string }

/** Undefined where partitions have no copies: the bus is the embedded one. */
export function healthOf(partitions: readonly PartitionStatus[]): Health | undefined {
  const copied = partitions.filter(({ replicas }) => replicas.length > 0)
  if (copied.length === 0) return undefined
  const leaderless = copied.filter(({ leader }) => leader === null)
  if (leaderless.length > 0) return { tone: 'bad', text: `${plural(leaderless.length, 'partition')} offline` }
  const behind = copied.filter(({ replicas, inSync }) => inSync.length < replicas.length)
  if (behind.length > 0) return { tone: 'warn', text: `${behind.length} under-replicated` }
  return { tone: 'good', text: 'in sync' }
}

/** `2 of 3`. */
export const inSyncText = ({ replicas, inSync }: Pick<PartitionStatus, 'replicas' | 'inSync'>): string =>
  `${inSync.length} of ${replicas.length}`
