/**
 * The logs among the files of a table: a file with its rotations is one. Each log fills a partition of its own, so that logs
 * which grow side by side, as those of several hosts, are read in order of time, and none makes lines of another late.
 */
import * as z from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { eachOnce } from '../../query/read-once.ts'
import { type FileSet, findFile, openFileSet } from '../../source/file/find.ts'
import { rotatedName } from '../../source/file/order.ts'
import { FileWatcher } from '../../source/file/watcher.ts'
import type { Deliver, Source, SourceContext, SourceType } from '../../source/source.ts'
import { filesPlaceBefore, type WantedLines } from './begin-at.ts'

/** More logs than this share partitions. */
const MOST_LOGS = 64
const MAX_LINE = 1 << 20
const POLL_MS: Duration = 200
const ROTATE_WAIT_MS: Duration = 60_000
/** Globs are expanded once for all logs of a table within this time. */
const EXPANDED_MS: Duration = 500

export type LogOptions = {
  readonly clock: Clock
  /** Undefined: all lines that are there. */
  readonly wanted: WantedLines | undefined
}

/**
 * The source of each log of these paths and globs, in order of partition; they start from the folder in which the command runs.
 * Logs without event time are one.
 */
export async function findLogs(
  patterns: readonly string[],
  options: LogOptions & { readonly hasTime: boolean },
): Promise<readonly SourceType[]> {
  const folder = process.cwd()
  const sets = await Promise.all(patterns.map((pattern) => openFileSet(pattern, folder)))
  const find = expanding(sets, folder, options.clock)
  const logOf = openLogNames()
  const first = await find()
  const names = [...new Set(logOf(first))]
  const partitions = Math.max(1, Math.min(options.hasTime ? MOST_LOGS : 1, names.length))
  const numbers = new Map(names.map((name, number) => [name, number % partitions]))
  const pathsOf = async (partition: number): Promise<readonly string[]> => {
    const paths = await find()
    const logs = logOf(paths)
    return paths.filter((_, at) => {
      const log = logs[at] as string
      // A log that is new takes the next partition.
      const number = numbers.get(log) ?? numbers.size % partitions
      numbers.set(log, number)
      return number === partition
    })
  }
  const [only] = sets
  const single = patterns.length === 1 && only?.isGlob === false ? only : undefined
  return Array.from({ length: partitions }, (_, partition): SourceType => {
    const files: FileSet = single ?? { isGlob: true, find: () => pathsOf(partition) }
    const name = names.filter((log) => numbers.get(log) === partition).join(' ') || patterns.join(' ')
    return logSource({ files, partition, name, folder }, options)
  })
}

/** Expands all patterns, each file under one of its names; logs that ask at the same time get one answer. */
function expanding(sets: readonly FileSet[], folder: string, clock: Clock): () => Promise<readonly string[]> {
  let at = Number.NEGATIVE_INFINITY
  let found: Promise<readonly string[]> = Promise.resolve([])
  return () => {
    if (clock.elapsed() - at >= EXPANDED_MS) {
      at = clock.elapsed()
      found = Promise.all(sets.map((set) => set.find())).then((all) => eachFileOnce([...new Set(all.flat())], folder))
    }
    return found
  }
}

/** A file that cannot be read has no identity: its source says why. */
async function eachFileOnce(paths: readonly string[], folder: string): Promise<readonly string[]> {
  const named = paths.map(async (path) => {
    const file = await findFile(path, folder).catch(() => undefined)
    return { path, id: file?.id }
  })
  return eachOnce(await Promise.all(named)).files.map(({ path }) => path)
}

/**
 * Names the log of each of the paths. A number counts as that of a rotation where the file without it was seen, too, as
 * `web-1.log` and `web-2.log` may well be of two hosts; a date always does.
 */
function openLogNames(): (paths: readonly string[]) => readonly string[] {
  const seen = new Set<string>()
  return (paths) => {
    for (const path of paths) seen.add(path)
    return paths.map((path) => {
      const { date, log } = rotatedName(path)
      return date === undefined ? (withoutNumber(path).find((one) => seen.has(one)) ?? path) : log
    })
  }
}

/** The names that a file may have had before it was rotated: `a.log` for `a.log.2.gz`, `a.log` for `a.1.log`. */
function withoutNumber(path: string): readonly string[] {
  const plain = path.replace(/\.(gz|zst)$/, '')
  return [plain.replace(/[-._]\d{1,6}$/, ''), plain.replace(/[-._]\d{1,6}(?=\.[^./]*$)/, '')].filter(
    (one) => one !== plain,
  )
}

type Log = {
  readonly files: FileSet
  readonly partition: number
  readonly name: string
  readonly folder: string
}

/** The source of one log. It keeps no place: nobody goes on where it was. */
function logSource({ files, partition, name, folder }: Log, { wanted }: LogOptions): SourceType {
  return {
    name: 'file',
    summary: 'Follows a log with its rotations.',
    options: z.unknown(),
    replayable: false,
    async open(_, context) {
      const place = wanted && (await filesPlaceBefore(await files.find(), folder, wanted, context.form))
      const options = { path: name, max_line: MAX_LINE, poll: POLL_MS, rotate_wait: ROTATE_WAIT_MS }
      const places = place === undefined ? [] : [place]
      const watcher = new FileWatcher(files, options, { ...context, folder, place, places })
      await watcher.resume()
      return inPartition(watcher, partition, context)
    },
  }
}

/** The source, with all of its lines in one partition. */
function inPartition(watcher: FileWatcher, partition: number, { signal }: SourceContext): Source {
  let line = 0
  const into =
    (deliver: Deliver): Deliver =>
    async (lines) => {
      line += lines.count
      if (lines.count === 0) {
        lines.lease?.release()
        return
      }
      // The run hears of an append that fails by itself.
      const appended = (durable: Promise<void>) => void durable.catch(() => undefined)
      await deliver(lines, { line }, { partition, appended })
    }
  return {
    describe: watcher.describe,
    run: (deliver) => (signal.aborted ? Promise.resolve() : watcher.run(into(deliver))),
    atRest: watcher.atRest,
    [Symbol.asyncDispose]: () => watcher[Symbol.asyncDispose](),
  }
}
