/** Where relative paths of a pipeline file start. */
import { dirname, resolve } from 'node:path'

/** The folder of the file. A text that comes through a pipe (`/dev/stdin`, `<(…)`) has none, so that is the current one. */
export function baseFolder(file: string): string {
  const folder = dirname(resolve(file))
  return /^\/(dev|proc)(\/|$)/.test(folder) ? process.cwd() : folder
}
