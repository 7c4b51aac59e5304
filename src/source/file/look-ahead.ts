/** What `check` finds out about the files of a source without reading them. */
import { type Obstacle, obstaclesTo } from '../obstacle.ts'
import { checkReadable, openFileSet, relativeHint } from './find.ts'

/** Why a run would find nothing to read now: no file, or files that this user may not read. */
export async function whyNotReadable(pattern: string, folder: string): Promise<readonly Obstacle[]> {
  const files = await openFileSet(pattern, folder)
  const found = await files.find()
  if (found.length === 0) return [{ message: `no file matches ${pattern} yet`, hint: relativeHint(pattern, folder) }]
  const obstacles: Obstacle[] = []
  for (const path of found) obstacles.push(...(await obstaclesTo((who) => checkReadable(path, folder, who))))
  return obstacles
}
