/**
 * Makes a finished file of each record: for programs that take files from a folder, as Flume's spooling directory and the
 * source `spool` do. `publisher.ts` says why each record is one file, whatever crashes, also if somebody has taken the file by then.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { zoneRules } from '../../base/timezone.ts'
import { takeFile } from '../../data/file-owner.ts'
import { type DatedText, datedName } from '../rolled/dated-path.ts'
import { lifeOf } from '../rolled/roller.ts'
import { defineSink, type SinkType } from '../sink.ts'
import { Names } from './names.ts'
import { checkNext, type NextOffsets, namesStateIn, nextOffsetsIn, Publisher } from './publisher.ts'

type SpoolOptions = { readonly folder: string; readonly name: DatedText }

/** `next`: offsets that are done with, by partition. */
type SpoolState = { readonly store: 'spool'; readonly life: string; readonly next: NextOffsets }

export const spoolSink: SinkType = defineSink<SpoolOptions>({
  name: 'spool',
  summary: 'Makes a finished file of each record in a folder, named by its arrival.',
  oneHost: () => 'makes files in a folder of one machine',
  writes: 'idempotent',
  options: z.strictObject({ folder: z.string().min(1), name: datedName }),
  readsKept: () => true,
  owns: ({ folder: path }, folder) => resolve(folder, path),
  lookAhead: ({ folder: path }, folder) => whyNotWritable(resolve(folder, path), 'folder'),
  lost(state: Partial<SpoolState>, _, { disk, scratch }) {
    const { store, life = '', next = {} } = state
    if (store !== 'spool') return []
    const found = nextOffsetsIn({ disk, scratch, life })
    const isLost = Object.entries(next).some(([partition, offset]) => (found[partition] ?? 0) < offset)
    return isLost ? [{ path: `${scratch}/note.json`, nature: 'is gone or old, and says which files were made' }] : []
  },
  async open(options, { name, folder: base, disk, clock, scratch, state, timezone, data, remember }) {
    const folder = resolve(base, options.folder)
    await disk.mkdir(folder)
    // Another pipeline would give files the same names, and the last one of a name would be left.
    await takeFile(disk, folder, data, name)
    // A sink of another kind may have had this name.
    const before = (state?.store === 'spool' ? state : {}) as Partial<SpoolState>
    const life = lifeOf(before, clock)
    await remember({ kind: 'elsewhere', path: folder })
    const place = { disk, folder, scratch, life }
    const names = new Names(options.name, zoneRules(timezone), namesStateIn(place))
    checkNext(nextOffsetsIn(place), before.next ?? {}, `sink ${name}`)
    const publisher = await Publisher.open(place, names)
    let working: Promise<unknown> = Promise.resolve()
    return {
      async write({ partition, baseOffset, records, kept }) {
        const now = clock.now()
        // Timestamps may be computed each time they are asked for.
        const times = kept?.arrival === undefined ? kept?.timestamps : undefined
        const arrivalOf = (record: number) => times?.[record] ?? kept?.arrival ?? now
        const published = publisher.publish({ partition, baseOffset, records, arrivalOf })
        working = published.catch(() => undefined)
        await published
        return undefined
      },
      flush: async () => ({ store: 'spool', life, next: publisher.next }) satisfies SpoolState,
      async [Symbol.asyncDispose]() {
        await working
      },
    }
  },
})
