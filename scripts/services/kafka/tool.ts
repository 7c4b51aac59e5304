/** Kafka's own command line programs, such as its console consumer. */
import { join } from 'node:path'
import type { Guard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { runJavaTool, type ToolOptions } from '../java-tool.ts'

/** What the program of this class writes to its standard output. Throws with its errors if it fails. */
export async function kafkaTool(
  mainClass: string,
  args: readonly string[],
  options: ToolOptions = {},
  guard?: Guard,
): Promise<string> {
  const classPath = join(await installedJars('kafka'), '*')
  return (await runJavaTool({ classPath, mainClass, args }, options, guard)).toString()
}
