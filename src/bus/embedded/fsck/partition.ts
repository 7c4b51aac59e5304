/**
 * Inspects the segments of one partition and their indexes, every batch of them.
 *
 * Behind damage the inspection goes on with the next whole batch, so that all damage is named, each with the offsets that
 * it takes. A torn append behind the known durable end of the last segment is a note: nothing says that it was
 * acknowledged, and the next start cuts it off.
 */
import type { Disk, DiskFile } from '../../../base/disk/disk.ts'
import { Failure } from '../../../base/failure.ts'
import type { Offset } from '../../../base/quantity.ts'
import { counted } from '../../../base/units.ts'
import { listSegments, readIndex, type Segment } from '../segment.ts'
import type { Points } from '../sparse-index.ts'
import { ACCEPT_START, keptMark, keptStart, lostStart } from '../trim.ts'
import { damage, type Finding, note, unknown, unlessCorrupt } from './finding.ts'
import { type SegmentWalk, walkSegment } from './walk.ts'

export type PartitionFound = {
  readonly partition: number
  readonly findings: readonly Finding[]
  /** The offset behind the last record; undefined where damage leaves that open. */
  readonly end: Offset | undefined
  readonly segments: number
  readonly records: number
  readonly bytes: number
}

export type PartitionPlace = {
  readonly topic: string
  readonly partition: number
  /** Its folder, below the data folder. */
  readonly path: string
  /** Whether a process writes to it: then it is read up to where it was durable when the inspection began. */
  readonly isRunning: boolean
}

type SegmentFound = {
  readonly findings: readonly Finding[]
  /** The offset behind its last record, as far as it is known. */
  readonly end: Offset | undefined
  readonly records: number
  readonly bytes: number
}

const KNOWN = /^\d{20}\.(log|points)$|^(mark|start)\.json(\.new)?$/

/** Inspects one partition; `folder` is the data folder. */
export function inspectPartition(disk: Disk, folder: string, at: PartitionPlace): PartitionFound {
  const path = `${folder}/${at.path}`
  const segments = listSegments(disk, path)
  const findings: Finding[] = []
  const names = new Set(segments.flatMap(({ log, points }) => [log, points]))
  for (const name of disk.list(path)) {
    if (!KNOWN.test(name)) findings.push(unknown(`${at.path}/${name}`))
    else if (name.endsWith('.points') && !names.has(`${path}/${name}`)) {
      const nature = 'an index whose segment is missing'
      findings.push(note('index', `${at.path}/${name}`, { nature, advice: 'The next start removes it.' }))
    }
  }
  if (segments.length === 0) findings.push(noSegments(at))
  findings.push(...inspectMark(disk, path, at), ...inspectStart(disk, path, at, segments[0]))
  const found: SegmentFound[] = []
  for (const [index, segment] of segments.entries()) {
    const one = inspectSegment(disk, segment, { ...at, folder, next: segments[index + 1]?.baseOffset })
    if (one === undefined) continue
    findings.push(...one.findings)
    found.push(one)
  }
  const sum = (of: (one: SegmentFound) => number) => found.reduce((total, one) => total + of(one), 0)
  return {
    partition: at.partition,
    findings,
    end: found.at(-1)?.end,
    segments: segments.length,
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
  }
}

function inspectMark(disk: Disk, path: string, at: PartitionPlace): readonly Finding[] {
  const advice = 'It says where the writer stood, should no segment say so. Put back a copy.'
  return unlessCorrupt({ kind: 'mark', file: `${at.path}/mark.json`, advice }, () => keptMark(disk, path))
}

function inspectStart(disk: Disk, path: string, at: PartitionPlace, first: Segment | undefined): readonly Finding[] {
  let start: Offset | undefined
  const file = `${at.path}/start.json`
  const advice =
    'It says which records were deleted. Put back a copy, or remove it: it is written with the next deletion.'
  const broken = unlessCorrupt({ kind: 'gap', file, advice }, () => {
    start = keptStart(disk, path)
  })
  const nature = first && lostStart(first.baseOffset, start)
  if (first === undefined || start === undefined || nature === undefined) return broken
  const { topic, partition } = at
  const affected = { topic, partition, from: start, to: first.baseOffset }
  return [...broken, damage('gap', at.path, { nature, affected, advice: ACCEPT_START })]
}

const noSegments = ({ path }: PartitionPlace): Finding => {
  const advice = 'Put back a copy of the folder. The topic cannot be opened as it is.'
  return damage('gap', path, { nature: 'it has lost its segments', advice })
}

type SegmentPlace = PartitionPlace & { readonly folder: string; readonly next: Offset | undefined }

/** Undefined where a running process has deleted the segment meanwhile. */
function inspectSegment(disk: Disk, segment: Segment, at: SegmentPlace): SegmentFound | undefined {
  let file: DiskFile
  const index = readIndex(disk, segment)
  try {
    file = disk.open(segment.log, 'read')
  } catch (error) {
    if (at.isRunning && error instanceof Failure && error.code === 'not-found') return undefined
    throw error
  }
  try {
    const size = file.size()
    const isOpen = at.next === undefined
    const durable = index.durable.position
    const walked = walkSegment(file, segment, isOpen && at.isRunning ? Math.min(size, durable) : size)
    const look = { at, segment, index, walked, size, file: segment.log.slice(at.folder.length + 1) }
    const findings = [...(isOpen ? openFindings(look) : closedFindings(look)), ...indexFindings(look)]
    const isCut = isOpen && walked.damage.every(({ position }) => position >= durable) && size >= durable
    const end = isOpen && !isCut ? undefined : walked.end
    return { findings, end, records: walked.records, bytes: size }
  } finally {
    file.close()
  }
}

type Look = {
  readonly at: SegmentPlace
  readonly segment: Segment
  readonly index: Points
  readonly walked: SegmentWalk
  readonly size: number
  readonly file: string
}

function closedFindings({ at, walked, file, size }: Look): readonly Finding[] {
  const { topic, partition, next = 0 } = at
  const findings = walked.damage.map(({ position, offset, nature, resumes }) => {
    const to = Math.max(offset, resumes?.offset ?? next)
    const affected = { topic, partition, from: offset, to }
    const advice = `A reader that comes to offset ${offset} stops there; the rest can be read. Put back a copy of the file, or read from offset ${to} on.`
    return damage('records', file, { position, nature, affected, advice })
  })
  if (walked.damage.length > 0 && walked.damage.at(-1)?.resumes === undefined) return findings
  if (walked.end === next) return findings
  const nature =
    walked.end < next
      ? `the segment ends with offset ${walked.end}, the next one begins with ${next}`
      : `the segment goes up to offset ${walked.end}, though the next one begins with ${next}`
  const [from, to] = walked.end < next ? [walked.end, next] : [next, walked.end]
  const affected = { topic, partition, from, to }
  const advice = 'A segment is missing, or belongs to another folder. Put back a copy of the folder.'
  return [...findings, damage('gap', file, { position: size, nature, affected, advice })]
}

/** The findings in the segment that is written to. */
function openFindings({ at, walked, index, file, size, segment }: Look): readonly Finding[] {
  const { topic, partition } = at
  const { durable } = index
  if (size < durable.position) {
    const nature = `the file ends here, but was durable up to byte ${durable.position} (offset ${durable.offset})`
    const advice =
      'The topic is not opened as it is. A copy that was made while tailrace ran looks like this, and a disk that lost what it synced. Put back a copy of the folder.'
    const affected = { topic, partition, from: walked.end, to: durable.offset }
    return [damage('records', file, { position: size, nature, affected, advice })]
  }
  return walked.damage.flatMap(({ position, offset, nature, resumes }, number): readonly Finding[] => {
    if (position < durable.position) {
      const affected = { topic, partition, from: offset, to: Math.max(offset, resumes?.offset ?? durable.offset) }
      const advice =
        'It was acknowledged, so nothing is cut: the topic is not opened as it is. Put back a copy of the file.'
      return [damage('records', file, { position, nature, affected, advice })]
    }
    // The first one decides: from there on everything is cut off.
    if (number > 0) return []
    const bytes = counted(size - position, 'byte')
    if (index.isKnown) {
      const advice = `The next start cuts off ${bytes}. --repair does so too, and keeps them in a file.`
      const repair = { kind: 'cut tail', log: segment.log, position } as const
      return [note('tail', file, { position, nature: `an append that was not finished: ${nature}`, advice, repair })]
    }
    const advice = `Its index is lost, so nobody knows whether this was acknowledged; --repair leaves it. Put back a copy of the folder, or start tailrace: it cuts off ${bytes}. Copy the file before.`
    return [damage('tail', file, { position, nature, advice })]
  })
}

function indexFindings({ at, walked, index, segment, file: log, size }: Look): readonly Finding[] {
  const file = log.replace(/log$/, 'points')
  const isOpen = at.next === undefined
  const isWhole = walked.damage.length === 0
  const repair =
    !isOpen && isWhole && walked.end === at.next ? ({ kind: 'rebuild index', log: segment.log } as const) : undefined
  const healed = isOpen ? 'The next start makes it again.' : '--repair makes it again from its segment.'
  const wrong = index.points.concat(isOpen ? [] : [index.durable]).find(({ position, offset }) => {
    return isWhole && position <= size && walked.starts.get(position) !== offset
  })
  if (wrong !== undefined) {
    const nature = `it has offset ${wrong.offset} at byte ${wrong.position} of the segment, which is not so`
    const advice = isOpen ? `Remove ${file}; the next start makes it again.` : healed
    return [damage('index', file, { nature, advice, ...(repair && { repair }) })]
  }
  if (at.isRunning && isOpen) return []
  if (index.broken === undefined) return []
  const nature = index.broken.size === 0 ? 'it is missing' : 'it is not whole from here on, and is not read further'
  const { position } = index.broken
  const advice = `It costs time, no records. ${healed}`
  return [(isOpen ? note : damage)('index', file, { position, nature, advice, ...(repair && { repair }) })]
}
