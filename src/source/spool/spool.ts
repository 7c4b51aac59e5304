/** The source of finished files: its options in a pipeline file. `spooler.ts` takes them. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { relativeHint, tellClosedFolders } from '../file/find.ts'
import type { Obstacle } from '../obstacle.ts'
import { defineSource, type SourceType } from '../source.ts'
import { Spooler, type SpoolOptions } from './spooler.ts'

export const spool: SourceType = defineSource<SpoolOptions>({
  name: 'spool',
  summary:
    'Takes finished files of a folder, each once and in order, and puts them away when their records are durable.',
  oneHost: () => 'takes the files of a folder of one machine',
  replayable: true,
  options: shortForm(
    'folder',
    z.strictObject({
      folder: z.string().min(1),
      files: z
        .string()
        .regex(/^[^/]+$/, 'expected a glob of names in the folder, without a slash')
        .optional(),
      record: z.enum(['line', 'file']).prefault('line'),
      order: z.enum(['name', 'mtime']).prefault('name'),
      done: z
        .union([z.enum(['rename', 'delete', 'keep']), z.strictObject({ move: z.string().min(1) })])
        .prefault('rename'),
      suffix: z
        .string()
        .regex(/^\.[^/]+$/, 'expected the end of a name, as .COMPLETED')
        .prefault('.COMPLETED'),
      settle: duration.prefault('1s'),
      poll: duration.prefault('500ms'),
      max_line: byteSize.prefault('1MiB'),
      max_record: byteSize.prefault('16MiB'),
    }),
  ),
  takes: ({ folder: path, files, done }, folder) =>
    done === 'keep' ? undefined : { folder: resolve(folder, path), files },
  lookAhead: obstaclesIn,
  async open(options, context) {
    const { folder, name, untilEnd, warn, disk = nodeDisk } = context
    const whole = resolve(folder, options.folder)
    const found = await stat(whole).catch(() => undefined)
    if (found !== undefined && !found.isDirectory()) throw notFolder(name, whole)
    if (found === undefined) {
      const message = `no such folder${untilEnd ? '' : ' yet'}: ${whole}`
      const hint = relativeHint(options.folder, folder)
      if (untilEnd) throw new Failure('not-found', `source ${name}: ${message}`, { hint })
      warn(`${message}; files are taken as they come`)
    } else await refuseClosed(options, folder, name)
    const { done } = options
    if (typeof done !== 'object') return new Spooler(options, context)
    const move = resolve(folder, done.move)
    if (move === whole) {
      throw new Failure('usage', `source ${name}: files cannot be moved to the folder that they are taken from`)
    }
    await disk.mkdir(move)
    return new Spooler({ ...options, done: { move } }, context)
  },
})

const notFolder = (name: string, whole: string): Failure =>
  new Failure('usage', `source ${name}: ${whole} is a file, not a folder`, {
    hint: 'to follow a file, use the source `file`',
  })

/** Throws a Failure `denied` where files cannot be found, or put away. */
async function refuseClosed(options: SpoolOptions, folder: string, name: string): Promise<void> {
  for (const message of await whyClosed(options, folder)) throw new Failure('denied', `source ${name}: ${message}`)
}

async function whyClosed({ folder: path, done }: SpoolOptions, folder: string): Promise<readonly string[]> {
  const whole = resolve(folder, path)
  const closed: string[] = []
  await tellClosedFolders(`${whole}/*`, folder, (at, reason) => void closed.push(`${at} ${reason}`))
  const refused = done === 'keep' ? undefined : whyNotWritable(whole, 'folder')
  if (refused !== undefined) closed.push(`${refused}, so files cannot be put away (\`done: keep\` leaves them)`)
  return closed
}

async function obstaclesIn(options: SpoolOptions, folder: string): Promise<readonly Obstacle[]> {
  const whole = resolve(folder, options.folder)
  const found = await stat(whole).catch(() => undefined)
  if (found === undefined) {
    const hint = relativeHint(options.folder, folder)
    return [{ message: `there is no folder ${options.folder} yet`, hint, missing: whole }]
  }
  if (!found.isDirectory()) return [{ message: `${whole} is a file, not a folder` }]
  const { done } = options
  const moved = typeof done === 'object' ? await whyNotMoved(whole, resolve(folder, done.move)) : []
  return [...(await whyClosed(options, folder)), ...moved].map((message) => ({ message }))
}

/** A folder that is not there yet is made. */
async function whyNotMoved(from: string, to: string): Promise<readonly string[]> {
  if (from === to) return ['files cannot be moved to the folder that they are taken from']
  const [here, there] = await Promise.all([from, to].map((path) => stat(path).catch(() => undefined)))
  const isElsewhere = here !== undefined && there !== undefined && here.dev !== there.dev
  return isElsewhere ? [`files cannot be moved to ${to}, which is on another disk`] : []
}
