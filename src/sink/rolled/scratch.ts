/** Files that grow in the data folder, as readers of the place where they are kept take every file there for a whole one. */
import { join } from 'node:path'
import { sha256 } from '../../base/digest.ts'
import { type Disk, isThere } from '../../base/disk/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import { type FileHome, growingName, UNFINISHED } from './archive.ts'
import type { OpenFileState } from './open-files.ts'
import { type RollerState, wholeStates } from './roller.ts'

/** Removes files of a life in the scratch folder that its checkpoint does not know: their records are delivered again. */
export function removeUnknown(disk: Disk, scratch: string, life: string, known: readonly string[]): void {
  if (!isThere(disk, scratch)) return
  for (const name of disk.list(scratch)) {
    const path = join(scratch, name)
    if (name.includes(`-${life}-p`) && !known.includes(path)) disk.unlink(path)
  }
}

/** Local path of the file that grows for a home from offset `first` on. */
export function scratchPath(scratch: string, home: FileHome, first: Offset): string {
  const digest = sha256(home.within, 'hex').slice(0, 16)
  return join(scratch, `${growingName(home, first)}.${digest}${UNFINISHED}`)
}

/** The files of a state of the sink `name`, each with its path in the scratch folder. */
export const scratchFiles = (
  state: Partial<RollerState>,
  name: string,
  scratch: string,
): readonly (readonly [path: string, file: OpenFileState])[] =>
  wholeStates(state, name).map((part) => {
    const { folder: within, prefix, partition, first } = part
    return [scratchPath(scratch, { within, prefix, life: state.life ?? '', partition }, first), part]
  })
