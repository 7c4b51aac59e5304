/** Where a part was written whose short spelling leaves steps of its path out: `notify: console`, `command: [ls, -l]`. */
import { partAt } from '../../file/shown.ts'
import { isGroup, type Path } from '../../file/yaml-tree.ts'

/** The path without the steps that are not there in the file as it was written. */
export function asWritten(written: unknown, path: Path): Path {
  const there: (string | number)[] = []
  for (const step of path) {
    const holder = partAt(written, there)
    const isThere = Array.isArray(holder) ? typeof step === 'number' : isGroup(holder) && typeof step === 'string'
    if (isThere) there.push(step)
  }
  return there
}
