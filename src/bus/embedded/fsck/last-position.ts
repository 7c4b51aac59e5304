/** The position of a writer in a partition of a folder that no process writes to. */
import type { Disk } from '../../../base/disk/disk.ts'
import type { Position } from '../../bus.ts'
import { decodePositions, positionIn } from '../../positions.ts'
import { lastMarkOf, listSegments } from '../segment.ts'
import { keptMark } from '../trim.ts'

/** Undefined where the writer has appended nothing. Throws a Failure ('corrupt') where the partition has to be repaired first. */
export function lastPosition(disk: Disk, partition: string, writer: string): Position | undefined {
  const mark = lastMarkOf(disk, listSegments(disk, partition)) ?? keptMark(disk, partition)
  return positionIn(decodePositions(mark), writer)
}
