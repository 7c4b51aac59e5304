/** What `check` finds out about the files of a source without reading them. */
import { Failure } from '../../base/failure.ts'
import type { Obstacle } from '../source.ts'
import { checkReadable, openFileSet, relativeHint } from './find.ts'

/** Why a run would find nothing to read now: no file, or files that this user may not read. */
export async function whyNotReadable(pattern: string, folder: string): Promise<readonly Obstacle[]> {
  const files = await openFileSet(pattern, folder)
  const found = await files.find()
  if (found.length === 0) return [{ message: `no file matches ${pattern} yet`, hint: relativeHint(pattern, folder) }]
  const obstacles: Obstacle[] = []
  for (const path of found) {
    try {
      await checkReadable(path, folder, 'the run')
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      obstacles.push({ message: error.message.replace(/^the run: /, ''), hint: error.hint })
    }
  }
  return obstacles
}
