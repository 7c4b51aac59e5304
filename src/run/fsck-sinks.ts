/** Checks that the files of a pipeline's sinks still have all that the sinks had written by the checkpoint. */
import type { Disk } from '../base/disk/disk.ts'
import { entryOf } from '../base/entry.ts'
import type { Finding } from '../bus/embedded/fsck/finding.ts'
import { scratchOf } from '../data/data-folder.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'

/** A finding for each file that has lost something. */
export function inspectSinks(
  { disk, dataFolder }: { readonly disk: Disk; readonly dataFolder: string },
  { sinks: places }: Checkpoint,
  { sinks, folder, mask }: CheckedPipeline,
): readonly Finding[] {
  return sinks.flatMap(({ name, from, type, options }) => {
    const place = entryOf(places, name)
    if (place === undefined || place.from !== from) return []
    const lost = type.lost?.(place.state, options, { disk, folder, name, scratch: scratchOf(dataFolder, name) }) ?? []
    return lost.map(
      ({ path, nature }): Finding => ({
        kind: 'sink',
        isDamage: true,
        file: mask(path),
        nature: `${nature} by sink ${name}`,
        advice: 'Put back a copy of the file. Or let the sink write to another path: it goes on there from its place.',
      }),
    )
  })
}
