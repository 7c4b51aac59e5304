/** Kafka's own command line programs, such as its console consumer. */
import { join } from 'node:path'
import type { Guard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { type RunOptions, runJava } from '../program.ts'

/** What the program of this class writes to its standard output. Throws with its errors if it fails. */
export async function kafkaTool(
  mainClass: string,
  args: readonly string[],
  options: RunOptions = {},
  guard?: Guard,
): Promise<string> {
  const classPath = join(await installedJars('kafka'), '*')
  return (await runJava({ classPath, mainClass, args }, options, guard)).toString()
}
