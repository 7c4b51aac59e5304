/**
 * Looks at a data folder and changes nothing: what is there, and what of it is not what was written.
 *
 * A finding is damage, or a note: something that costs no record and that the next start, or nobody, has to put right.
 * What is found in a segment names the offsets that are lost with it: from the last batch that is whole to the next.
 * A file that another process writes to is read up to where it was durable when the look began.
 */
import { type Disk, sizeOf } from '../../../base/disk.ts'
import { Failure } from '../../../base/failure.ts'
import { readChecked } from '../../../data/checked-json.ts'
import { checkFormatFile } from '../../../data/data-folder.ts'
import { decodeGroup } from '../groups.ts'
import { type Finding, MIXED, unknown, WITHOUT_REPORTS } from './finding.ts'
import { inspectPartition, type PartitionFound } from './partition.ts'

export type Found = {
  readonly findings: readonly Finding[]
  readonly topics: ReadonlyMap<string, readonly PartitionFound[]>
  readonly segments: number
  readonly records: number
  readonly bytes: number
  readonly groups: number
}

const PARTITION = /^(.+)-(\d+)$/
/** Files at the root that are ours, with what a crash may leave of them. */
const ROOT =
  /^(format|owner|topics|checkpoint|reports|event-times)\.json(\.new)?$|^checkpoint(\.new)?$|^lock(-journal)?$|^(topics|groups|cut|scratch|sent-again)$/

export function inspectFolder(disk: Disk, folder: string, isRunning: boolean): Found {
  checkFormatFile(disk, folder)
  const findings: Finding[] = []
  for (const name of disk.list(folder)) if (!ROOT.test(name)) findings.push(unknown(name))
  const listed = listedTopics(disk, folder, findings)
  const topics = new Map<string, PartitionFound[]>()
  const folders = disk.list(folder).includes('topics') ? disk.list(`${folder}/topics`) : []
  for (const name of folders) {
    const [, topic = '', number = ''] = PARTITION.exec(name) ?? []
    const count = listed?.get(topic)
    if (topic === '') findings.push(unknown(`topics/${name}`))
    else if (listed === undefined || (count !== undefined && Number(number) < count)) {
      const partition = { topic, partition: Number(number), path: `topics/${name}`, isRunning }
      const found = inspectPartition(disk, folder, partition)
      findings.push(...found.findings)
      topics.set(topic, [...(topics.get(topic) ?? []), found])
    } else findings.push(...unlisted(disk, folder, `topics/${name}`, topic))
  }
  for (const [topic, count] of listed ?? []) {
    for (let partition = 0; partition < count; partition++) {
      if (!folders.includes(`${topic}-${partition}`)) findings.push(lostFolder(topic, partition))
    }
  }
  const groups = inspectGroups(disk, folder, endsOf(topics), findings)
  findings.push(...inspectHistory(disk, folder))
  const partitions = [...topics.values()].flat()
  const sum = (of: (found: PartitionFound) => number) => partitions.reduce((total, found) => total + of(found), 0)
  const segments = sum((found) => found.segments)
  return {
    findings,
    topics,
    segments,
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    groups,
  }
}

/** Where partitions end, by topic; undefined where that is not known because of damage. */
export type Ends = ReadonlyMap<string, readonly (number | undefined)[]>

export function endsOf(topics: Found['topics']): Ends {
  return new Map(
    [...topics].map(([topic, partitions]) => {
      const ends: (number | undefined)[] = []
      for (const { partition, end } of partitions) ends[partition] = end
      return [topic, ends]
    }),
  )
}

function listedTopics(disk: Disk, folder: string, findings: Finding[]): ReadonlyMap<string, number> | undefined {
  try {
    const content = readChecked(disk, `${folder}/topics.json`) ?? {}
    return new Map(Object.entries(content as { [topic: string]: number }))
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'corrupt')) throw error
    const advice =
      'No topic can be opened. Put back a copy of topics.json; the folders in topics/ say what it had: TOPIC-PARTITION.'
    findings.push({
      kind: 'topics',
      isDamage: true,
      file: 'topics.json',
      nature: 'the checksum does not match',
      advice,
    })
    return undefined
  }
}

function inspectGroups(disk: Disk, folder: string, ends: Ends, findings: Finding[]): number {
  const names = disk.list(folder).includes('groups') ? disk.list(`${folder}/groups`) : []
  const advice = 'Put back a copy, or remove it: the group then begins anew where its reader says.'
  for (const name of names) {
    const file = `groups/${name}`
    if (!name.endsWith('.json')) {
      if (!name.endsWith('.json.new')) findings.push(unknown(file))
      continue
    }
    try {
      for (const [topic, offsets] of decodeGroup(readChecked(disk, `${folder}/${file}`))) {
        for (const [partition, offset] of Object.entries(offsets)) {
          const end = ends.get(topic)?.[Number(partition)]
          if (end === undefined || offset <= end) continue
          const nature = `offset ${offset} of ${topic}, partition ${partition}, lies beyond its end, ${end}`
          findings.push({ kind: 'group', isDamage: true, file, nature, advice: MIXED })
        }
      }
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'corrupt')) throw error
      findings.push({ kind: 'group', isDamage: true, file, nature: 'the checksum does not match', advice })
    }
  }
  return names.filter((name) => name.endsWith('.json')).length
}

/** What reports and `dead --send-again` remember of what they did. */
function inspectHistory(disk: Disk, folder: string): readonly Finding[] {
  const findings: Finding[] = []
  const look = (file: string, advice: string) => {
    try {
      readChecked(disk, `${folder}/${file}`)
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'corrupt')) throw error
      findings.push({ kind: 'history', isDamage: true, file, nature: 'the checksum does not match', advice })
    }
  }
  look('reports.json', `Put back a copy, or move it away: ${WITHOUT_REPORTS}`)
  const names = disk.list(folder).includes('sent-again') ? disk.list(`${folder}/sent-again`) : []
  for (const name of names) {
    if (name.endsWith('.json')) {
      look(
        `sent-again/${name}`,
        'Put back a copy. Without it, dead letters that were sent again may be sent once more.',
      )
    } else if (!name.endsWith('.json.new')) findings.push(unknown(`sent-again/${name}`))
  }
  return findings
}

function unlisted(disk: Disk, folder: string, path: string, topic: string): readonly Finding[] {
  const logs = disk.list(`${folder}/${path}`).filter((name) => name.endsWith('.log'))
  const full = logs.find((name) => (sizeOf(disk, `${folder}/${path}/${name}`) ?? 0) > 0)
  if (full === undefined) {
    const nature = `what a crash left of making topic ${topic}; it has no records`
    return [{ kind: 'topics', isDamage: false, file: path, nature, advice: 'It is used when the topic is made again.' }]
  }
  const nature = `it has records, but topics.json has no topic ${topic} with this partition`
  const advice = 'Put back a copy of topics.json. The topic cannot be opened as it is.'
  return [{ kind: 'topics', isDamage: true, file: `${path}/${full}`, nature, advice }]
}

const lostFolder = (topic: string, partition: number): Finding => {
  const nature = `topic ${topic} has a partition ${partition}, but the folder is not there`
  const advice = 'Put back a copy of the folder. The topic cannot be opened as it is.'
  return { kind: 'topics', isDamage: true, file: `topics/${topic}-${partition}`, nature, advice }
}
