/** The source of files: its options in a pipeline file. `watcher.ts` reads them. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { refusal } from '../../bytes/refusal.ts'
import { defineSource, type SourceContext, type SourceType } from '../source.ts'
import { checkReadable, openFileSet, relativeHint } from './find.ts'
import { whyNotReadable } from './look-ahead.ts'
import { kindOfFile, toFile } from './packed.ts'
import { type FileOptions, FileWatcher } from './watcher.ts'

export const file: SourceType = defineSource<FileOptions>({
  name: 'file',
  summary: 'Reads lines from files and follows them as they grow and are rotated; gzip and zstd are unpacked.',
  oneHost: () => 'reads files of one machine',
  replayable: true,
  options: shortForm(
    'path',
    z.strictObject({
      path: z.string().min(1),
      max_line: byteSize.prefault('1MiB'),
      poll: duration.prefault('200ms'),
      rotate_wait: duration.prefault('1m'),
    }),
  ),
  lookAhead: ({ path }, folder) => whyNotReadable(path, folder),
  async open(options, context) {
    const who = `source ${context.name}`
    const files = await openFileSet(options.path, context.folder)
    if (!files.isGlob) await checkPath(options.path, context)
    else if ((await files.find()).length === 0) {
      const message = `no file matches ${options.path}`
      const hint = relativeHint(options.path, context.folder)
      if (context.untilEnd) throw new Failure('not-found', `${who}: ${message}`, { hint })
      context.warn(`${message} yet; files are taken as they come`)
    }
    const source = new FileWatcher(files, options, context)
    await source.resume()
    return source
  },
})

/** A file that does not exist yet, or may not be read, is waited for, unless the run ends with its input. */
async function checkPath(path: string, { name, folder, places, untilEnd, warn }: SourceContext): Promise<void> {
  const wasRead = places.some((place) => place !== undefined)
  try {
    await checkReadable(path, folder, `source ${name}`)
  } catch (error) {
    const { code } = error as Failure
    const isMissing = code === 'not-found' && (error as Failure).cause !== undefined
    // While logs are rotated, a file may have no name for a moment.
    if (!(isMissing ? !untilEnd || wasRead : code === 'denied' && !untilEnd)) throw error
    if (isMissing) warn(wasRead ? `${path} is gone; it is waited for` : `no such file yet: ${path}; it is waited for`)
    return
  }
  await refuseOther(path, folder, `source ${name}`)
}

/** Throws a Failure `not-text` for a file that is not read under any circumstances. */
async function refuseOther(path: string, folder: string, who: string): Promise<void> {
  await using handle = await open(resolve(folder, path)).catch(() => undefined)
  const kind = await (handle && kindOfFile(handle))
  if (kind?.kind !== 'other') return
  const { code, message, hint } = refusal(path, kind, toFile)
  throw new Failure(code, `${who}: ${message}`, { hint })
}
