/** Checks that the journals of sources, of many files or of keys, are whole, and are those of their topics. */
import type { Disk } from '../../base/disk/disk.ts'
import { entryOf } from '../../base/entry.ts'
import { recovered } from '../../base/failure.ts'
import { damage, type Finding } from '../../bus/embedded/fsck/finding.ts'
import type { Found } from '../../bus/embedded/fsck/fsck.ts'
import { lastPosition } from '../../bus/embedded/fsck/last-position.ts'
import { namesKeys, readKeySteps } from '../../source/ingest/key-journal.ts'
import type { SourcePlace } from '../../source/source.ts'
import { SOURCES } from '../topic-writer.ts'
import { hasInputs, journalFolder, keyJournalFolder, SourcePlaces } from './source-places.ts'

type PlaceBySource = { readonly [source: string]: SourcePlace }

/** A finding for each journal that cannot be used. No process may write to the folder meanwhile. */
export function inspectPlaces(disk: Disk, folder: string, { topics }: Pick<Found, 'topics'>): readonly Finding[] {
  return [...topics].flatMap(([topic, partitions]) => {
    const paths = partitions.map((_, partition) => `${folder}/topics/${topic}-${partition}`)
    const marks = recovered(
      ['corrupt'],
      () => paths.map((path) => lastPosition(disk, path, SOURCES) as PlaceBySource | undefined),
      () => [],
    )
    const sources = new Set(marks.flatMap((mark) => Object.keys(mark ?? {})))
    return [...sources].flatMap((source) => {
      // In a folder of 0.1.0 the position of any writer is found, also that of a query.
      const kept = marks.map((mark) => entryOf(mark, source))
      const found: Finding[] = []
      const look = (what: 'keys' | 'places', work: () => unknown) =>
        recovered(['corrupt'], work, ({ message, hint = '' }) => {
          found.push(damage(what, `${what}/${topic}/${source}`, { nature: message, advice: hint }))
        })
      if (kept.some(hasInputs)) {
        look('places', () => new SourcePlaces(source, kept, { disk, folder: journalFolder(folder, topic) }))
      }
      if (kept.some(namesKeys)) {
        look('keys', () => readKeySteps(kept, { disk, path: `${keyJournalFolder(folder, topic)}/${source}` }))
      }
      return found
    })
  })
}
