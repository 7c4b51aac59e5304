/** Checks that the journals of sources with many files are whole, and are those of their topics. */

import type { Disk } from '../../base/disk.ts'
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import { damage, type Finding } from '../../bus/embedded/fsck/finding.ts'
import type { Found } from '../../bus/embedded/fsck/fsck.ts'
import { lastPosition } from '../../bus/embedded/fsck/last-position.ts'
import type { SourcePlace } from '../../source/source.ts'
import { SOURCES } from '../topic-writer.ts'
import { hasInputs, journalFolder, SourcePlaces } from './source-places.ts'

type PlaceBySource = { readonly [source: string]: SourcePlace }

/** A finding for each journal that cannot be used. No process may write to the folder meanwhile. */
export function inspectPlaces(disk: Disk, folder: string, { topics }: Pick<Found, 'topics'>): readonly Finding[] {
  return [...topics].flatMap(([topic, partitions]) => {
    const paths = partitions.map((_, partition) => `${folder}/topics/${topic}-${partition}`)
    const marks = corruptAs([], () =>
      paths.map((path) => lastPosition(disk, path, SOURCES) as PlaceBySource | undefined),
    )
    const sources = new Set(marks.flatMap((mark) => Object.keys(mark ?? {})))
    return [...sources].flatMap((source) => {
      // In a folder of 0.1.0 the position of any writer is found, also that of a query.
      const kept = marks.map((mark) => entryOf(mark, source))
      if (!kept.some(hasInputs)) return []
      const journal = { disk, folder: journalFolder(folder, topic) }
      const found: Finding[] = []
      corruptAs(
        undefined,
        () => new SourcePlaces(source, kept, journal),
        ({ message, hint = '' }) => {
          found.push(damage('places', `places/${topic}/${source}`, { nature: message, advice: hint }))
        },
      )
      return found
    })
  })
}

/** The result of `work`, or `otherwise` where that throws a Failure ('corrupt'). */
function corruptAs<Result>(otherwise: Result, work: () => Result, tell: (failure: Failure) => void = () => {}): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'corrupt')) throw error
    tell(error)
    return otherwise
  }
}
