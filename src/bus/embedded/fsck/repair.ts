/**
 * Makes only the repairs that the files themselves prove: a torn append behind the known durable end is cut off, as the next
 * start would do, and kept in `cut/`; an index is made again from its segment, where that is whole. Other damage may be of
 * acknowledged records, and only a person can decide what to do without them.
 */
import { basename, dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { unreachable } from '../../../base/assert.ts'
import { type Disk, type DiskFile, replaceFile, replaceFileSlowly } from '../../../base/disk/disk.ts'
import { corrupt, lastMarkOf, listSegments, readWindow, wholeAppends } from '../segment.ts'
import { encodePoints, startPoint } from '../sparse-index.ts'
import { keptMark } from '../trim.ts'
import type { Finding, Repair } from './finding.ts'

/** Makes the repairs of the findings, in a folder that the caller has locked. Returns what was done, in words. */
export async function repairFolder(
  disk: Disk,
  folder: string,
  findings: readonly Finding[],
): Promise<readonly string[]> {
  const done: string[] = []
  const seen = new Set<string>()
  for (const { repair } of findings) {
    if (repair === undefined || seen.has(`${repair.kind} ${repair.log}`)) continue
    seen.add(`${repair.kind} ${repair.log}`)
    done.push(await carryOut(disk, folder, repair))
  }
  return done
}

function carryOut(disk: Disk, folder: string, repair: Repair): Promise<string> {
  switch (repair.kind) {
    case 'cut tail':
      return cutTail(disk, folder, repair)
    case 'rebuild index':
      return rebuildIndex(disk, folder, repair.log)
    default:
      return unreachable(repair)
  }
}

async function cutTail(
  disk: Disk,
  folder: string,
  { log, position }: { readonly log: string; readonly position: number },
): Promise<string> {
  const file = disk.open(log, 'write')
  try {
    const bytes = file.size() - position
    const kept = `cut/${basename(dirname(log))}.${basename(log)}.${position}`
    await disk.mkdir(`${folder}/cut`)
    await replaceFileSlowly(disk, `${folder}/${kept}`, restOf(file, position), setImmediate)
    file.truncate(position)
    await file.sync()
    return `${log.slice(folder.length + 1)}: cut at byte ${position}; the ${bytes} bytes behind it are in ${kept}`
  } finally {
    file.close()
  }
}

const COPIED_BYTES = 1 << 20

function* restOf(file: DiskFile, from: number): Generator<Uint8Array> {
  const size = file.size()
  for (let at = from; at < size; at += COPIED_BYTES) {
    yield readWindow(file, at, Math.min(COPIED_BYTES, size - at)).bytes
  }
}

async function rebuildIndex(disk: Disk, folder: string, log: string): Promise<string> {
  const partition = dirname(log)
  const segments = listSegments(disk, partition)
  const index = segments.findIndex((segment) => segment.log === log)
  const { baseOffset, points } = segments[index] ?? { baseOffset: 0, points: '' }
  const mark = lastMarkOf(disk, segments.slice(0, index)) ?? keptMark(disk, partition)
  const file = disk.open(log, 'read')
  try {
    const start = startPoint(baseOffset, mark)
    const { end, passed, damage } = wholeAppends(file, start, file.size())
    if (damage !== undefined) throw corrupt(damage)
    await replaceFile(disk, points, encodePoints(end, [start, ...passed]))
    return `${points.slice(folder.length + 1)}: made again from its segment`
  } finally {
    file.close()
  }
}
