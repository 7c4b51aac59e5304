/**
 * `tailrace fsck`: finds damage in a data folder. It changes nothing; `--repair` makes the repairs that the files themselves
 * prove to be right, and leaves the others to the reader of its output.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import { counted } from '../base/units.ts'
import { EMBEDDED } from '../bus/all.ts'
import { type Finding, MIXED } from '../bus/embedded/fsck/finding.ts'
import { endsOf, type Found, inspectFolder } from '../bus/embedded/fsck/fsck.ts'
import { repairFolder } from '../bus/embedded/fsck/repair.ts'
import { lockDataFolder, ownerOf } from '../data/data-folder.ts'
import { damagedContents } from '../data/table-contents.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { readCheckpoint } from '../run/checkpoint-file.ts'
import { inspectSinks } from '../run/fsck-sinks.ts'
import { inspectTicks } from '../run/fsck-ticks.ts'
import { inspectPlaces } from '../run/places/fsck-places.ts'
import { NO_CHECKPOINT, WITHOUT_CHECKPOINT } from '../topic/checkpoint.ts'
import { beyondEnd, busNameOf } from '../topic/checkpoint-bounds.ts'
import { existing, readBus } from './option/bus.ts'
import { dataPlace } from './option/data.ts'
import { pipelinesHere, readWhich, type WhichOptions, whichOptions } from './option/pipeline.ts'

const DAMAGED_CONTENT = {
  kind: 'tables',
  isDamage: true,
  nature: 'not the content of a lookup table whose digest is its name',
  advice: 'Put back a copy. If the file is removed, rows that need it are joined with the newest version.',
} as const

/** The folder of a replayed query, which has topics only. */
const SCRATCH = /\/scratch\/[^/]+\/?$/

type FsckOptions = WhichOptions & { readonly repair?: boolean; readonly json?: boolean }

/** The command `fsck`. */
export function fsckCommand(): Command {
  return whichOptions(new Command('fsck'))
    .description('Reads all of a data folder and tells what is damaged, where, and what to do. It changes nothing.')
    .argument('[DATA|PIPELINE]', 'a data folder, or the pipeline file whose folder it is')
    .option('--repair', 'cut off unfinished appends (kept in DATA/cut) and make indexes again; nothing else')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  tailrace fsck .tailrace/nasa
  tailrace fsck pipeline.yaml --json
  tailrace fsck --pipeline pipeline.yaml --data /var/lib/tailrace/nasa

The exit code is 0 where all is well, and 1 where something is damaged.
`,
    )
    .action(fsck)
}

async function fsck(given: string | undefined, options: FsckOptions): Promise<void> {
  const { folder, pipeline } = await (given === undefined ? folderOfOptions(options) : folderOf(given, options))
  const owner = ownerOf(nodeDisk, folder)
  const repaired = options.repair === true ? await repair(nodeDisk, folder) : []
  const found = inspectFolder(nodeDisk, folder, owner !== undefined)
  const ticks = owner === undefined ? await ticksOf(folder, found) : []
  const places = owner === undefined ? inspectPlaces(nodeDisk, folder, found) : []
  const tables = damagedContents(nodeDisk, folder).map((file): Finding => ({ ...DAMAGED_CONTENT, file }))
  const findings = [
    ...found.findings,
    ...ticks,
    ...tables,
    ...places,
    ...inspectCheckpoint(nodeDisk, folder, { found, pipeline }),
  ]
  // A process that has started meanwhile may have changed files while they were read.
  const isDisturbed = owner === undefined && ownerOf(nodeDisk, folder) !== undefined
  const damage = findings.filter(({ isDamage }) => isDamage).length
  const outcome = { folder, owner, repaired, findings, found, damage }
  process.stdout.write(options.json === true ? `${JSON.stringify(json(outcome))}\n` : text(outcome))
  if (isDisturbed) {
    throw new Failure('in-use', `a process has started on ${folder} meanwhile, so what was found may not be so`, {
      hint: 'Run it again.',
    })
  }
  if (damage > 0) throw new Failure('corrupt', `${folder} is damaged in ${counted(damage, 'place')}`)
}

type Examined = { readonly folder: string; readonly pipeline?: CheckedPipeline }

/** The pipeline that is named, or is the only one here, with its data folder; or that folder alone. */
async function folderOfOptions(options: WhichOptions): Promise<Examined> {
  const isAlone = options.pipeline === undefined && options.with.length === 0
  if (isAlone && options.data !== undefined) return { folder: existing(resolve(options.data)) }
  if (isAlone && pipelinesHere().length === 0) {
    return { folder: (await dataPlace(options)).dataFolder }
  }
  const { pipeline, dataFolder } = await readWhich(options)
  if (pipeline.bus.type.isShared) {
    throw new Failure(
      'usage',
      `the topics of ${pipeline.name} are on ${pipeline.bus.type.name}, which checks them itself`,
      {
        hint: 'fsck is about the files of the embedded bus.',
      },
    )
  }
  return { folder: existing(dataFolder), pipeline }
}

/** The data folder that is given, or the pipeline file with its folder: then the files of its sinks are inspected, too. */
function folderOf(given: string, options: WhichOptions): Promise<Examined> {
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true
  return folderOfOptions(isFolder ? { ...options, data: given } : { ...options, pipeline: given })
}

async function repair(disk: Disk, folder: string): Promise<readonly string[]> {
  const lock = lockDataFolder(disk, folder, systemClock)
  try {
    return await repairFolder(disk, folder, inspectFolder(disk, folder, false).findings)
  } finally {
    lock.release()
  }
}

async function ticksOf(folder: string, { topics }: Found): Promise<readonly Finding[]> {
  await using bus = await readBus(folder, { folder, bus: EMBEDDED })
  return inspectTicks(bus, endsOf(topics))
}

type Looked = { readonly found: Found; readonly pipeline: CheckedPipeline | undefined }

function inspectCheckpoint(disk: Disk, folder: string, { found, pipeline }: Looked): readonly Finding[] {
  const file = 'checkpoint'
  const damage = (nature: string, advice: string): Finding => ({
    kind: 'checkpoint',
    isDamage: true,
    file,
    nature,
    advice,
  })
  try {
    const ends = endsOf(found.topics)
    const checkpoint = readCheckpoint(disk, folder)
    if (checkpoint === NO_CHECKPOINT && !SCRATCH.test(folder) && (found.groups > 0 || found.records > 0)) {
      const proof = found.groups > 0 ? 'groups have committed offsets' : 'topics have records'
      return [damage(`it is gone: ${proof}, so there was one`, WITHOUT_CHECKPOINT)]
    }
    const endsOfName = (name: string) => ends.get(busNameOf(name, checkpoint))
    const beyond = beyondEnd(checkpoint, endsOfName).map((place) => damage(place, MIXED))
    return [
      ...beyond,
      ...(pipeline === undefined ? [] : inspectSinks({ disk, dataFolder: folder }, checkpoint, pipeline)),
    ]
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'corrupt')) throw error
    return [damage(error.message, error.hint ?? '')]
  }
}

type Outcome = {
  readonly folder: string
  readonly owner: string | undefined
  readonly repaired: readonly string[]
  readonly findings: readonly Finding[]
  readonly found: Found
  readonly damage: number
}

function text({ folder, owner, repaired, findings, found, damage }: Outcome): string {
  const partitions = [...found.topics.values()].reduce((sum, all) => sum + all.length, 0)
  const counts = [
    counted(found.topics.size, 'topic'),
    counted(partitions, 'partition'),
    counted(found.segments, 'segment'),
    counted(found.records, 'record'),
    counted(found.bytes, 'byte'),
    counted(found.groups, 'group'),
  ]
  const lines = [`${folder}: ${counts.join(', ')}`]
  if (owner !== undefined) lines.push(`It is in use by ${owner}: what was durable is looked at, and nothing behind it.`)
  lines.push(...repaired.map((done) => `repaired: ${done}`), ...findings.map(findingText))
  if (damage === 0) lines.push(findings.length === 0 ? 'Nothing is damaged.' : 'No record is damaged or lost.')
  return `${lines.join('\n')}\n`
}

function findingText({ isDamage, file, position, nature, affected, advice }: Finding): string {
  const where = `${file}${position === undefined ? '' : ` at byte ${position}`}`
  const lines = [`${isDamage ? 'damage' : 'note'}: ${where}: ${nature}`]
  if (affected !== undefined) {
    const { topic, partition, from, to } = affected
    const records = to > from ? `offsets ${from} to ${to - 1}, ${counted(to - from, 'record')} at most` : 'no record'
    lines.push(`  affects ${topic}, partition ${partition}: ${records}`)
  }
  return [...lines, ...advice.split('\n').map((line) => `  ${line}`)].join('\n')
}

function json({ folder, owner, repaired, findings, found, damage }: Outcome) {
  const { topics, segments, records, bytes, groups } = found
  return {
    ok: damage === 0,
    folder,
    inUseBy: owner ?? null,
    topics: [...topics].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, end, segments, records, bytes }) => {
        return { partition, end: end ?? null, segments, records, bytes }
      }),
    })),
    segments,
    records,
    bytes,
    groups,
    repaired,
    findings: findings.map(({ repair, ...finding }) => finding),
  }
}
