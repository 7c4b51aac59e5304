/**
 * Inspects a data folder, and changes nothing: counts its records, and names all damage.
 *
 * A finding in a segment names the offsets that are lost with it: from the last whole batch to the next one. A file that
 * another process writes to is read up to where it was durable when the inspection began.
 */
import { type Disk, sizeOf } from '../../../base/disk/disk.ts'
import type { Offset } from '../../../base/quantity.ts'
import { readChecked } from '../../../data/checked-json.ts'
import { checkFormatFile } from '../../../data/data-folder.ts'
import { isOwnName } from '../../../data/folder-names.ts'
import { decodeGroup } from '../groups.ts'
import { readTopicList } from '../topic-list.ts'
import { damage, type Finding, MIXED, note, unknown, unlessCorrupt, WITHOUT_REPORTS } from './finding.ts'
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

/** Inspects all of a data folder but the checkpoint and its sinks. Throws a Failure where it is none; damage is a finding. */
export function inspectFolder(disk: Disk, folder: string, isRunning: boolean): Found {
  checkFormatFile(disk, folder)
  const findings: Finding[] = []
  for (const name of disk.list(folder)) if (!isOwnName(name)) findings.push(unknown(name))
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
  return {
    findings,
    topics,
    segments: sum(({ segments }) => segments),
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    groups,
  }
}

/** The end of each partition, by topic; undefined where damage leaves it open. */
export type Ends = ReadonlyMap<string, readonly (Offset | undefined)[]>

/** The ends of the partitions that were found. */
export function endsOf(topics: Found['topics']): Ends {
  return new Map(
    [...topics].map(([topic, partitions]) => {
      const ends: (Offset | undefined)[] = []
      for (const { partition, end } of partitions) ends[partition] = end
      return [topic, ends]
    }),
  )
}

function listedTopics(disk: Disk, folder: string, findings: Finding[]): ReadonlyMap<string, number> | undefined {
  let listed: ReadonlyMap<string, number> | undefined
  const advice =
    'No topic can be opened. Put back a copy of topics.json; the folders in topics/ say what it had: TOPIC-PARTITION.'
  const broken = unlessCorrupt({ kind: 'topics', file: 'topics.json', advice }, () => {
    listed = readTopicList(disk, folder)
  })
  findings.push(...broken)
  return listed
}

function inspectGroups(disk: Disk, folder: string, ends: Ends, findings: Finding[]): number {
  const names = namesIn(disk, folder, 'groups', findings)
  const advice = 'Put back a copy, or remove it: the group then begins anew where its reader says.'
  for (const file of names) {
    const broken = unlessCorrupt({ kind: 'group', file, advice }, () => {
      for (const [topic, offsets] of decodeGroup(readChecked(disk, `${folder}/${file}`))) {
        for (const [partition, offset] of Object.entries(offsets)) {
          const end = ends.get(topic)?.[Number(partition)]
          if (end === undefined || offset <= end) continue
          const nature = `offset ${offset} of ${topic}, partition ${partition}, lies beyond its end, ${end}`
          findings.push(damage('group', file, { nature, advice: MIXED }))
        }
      }
    })
    findings.push(...broken)
  }
  return names.length
}

/** The JSON files in a folder of the data folder, as paths below it; the rest is noted. */
function namesIn(disk: Disk, folder: string, within: string, findings: Finding[]): readonly string[] {
  const names = disk.list(folder).includes(within) ? disk.list(`${folder}/${within}`) : []
  for (const name of names) if (!/\.json(\.new)?$/.test(name)) findings.push(unknown(`${within}/${name}`))
  return names.filter((name) => name.endsWith('.json')).map((name) => `${within}/${name}`)
}

/** The files in which reports, sinks and `dead --send-again` remember what they did. */
function inspectHistory(disk: Disk, folder: string): readonly Finding[] {
  const findings: Finding[] = []
  const look = (file: string, advice: string) =>
    findings.push(...unlessCorrupt({ kind: 'history', file, advice }, () => readChecked(disk, `${folder}/${file}`)))
  look('reports.json', `Put back a copy, or move it away: ${WITHOUT_REPORTS}`)
  look(
    'before.json',
    'Put back a copy, or move it away. Without it, `run --fresh` does not know what files had before.',
  )
  for (const file of namesIn(disk, folder, 'sent-again', findings)) {
    look(file, 'Put back a copy. Without it, dead letters that were sent again may be sent once more.')
  }
  return findings
}

function unlisted(disk: Disk, folder: string, path: string, topic: string): readonly Finding[] {
  const logs = disk.list(`${folder}/${path}`).filter((name) => name.endsWith('.log'))
  const full = logs.find((name) => (sizeOf(disk, `${folder}/${path}/${name}`) ?? 0) > 0)
  if (full === undefined) {
    const nature = `what a crash left of making topic ${topic}; it has no records`
    return [note('topics', path, { nature, advice: 'It is used when the topic is made again.' })]
  }
  const nature = `it has records, but topics.json has no topic ${topic} with this partition`
  const advice = 'Put back a copy of topics.json. The topic cannot be opened as it is.'
  return [damage('topics', `${path}/${full}`, { nature, advice })]
}

const lostFolder = (topic: string, partition: number): Finding => {
  const nature = `topic ${topic} has a partition ${partition}, but the folder is missing`
  const advice = 'Put back a copy of the folder. The topic cannot be opened as it is.'
  return damage('topics', `topics/${topic}-${partition}`, { nature, advice })
}
