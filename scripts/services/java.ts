/** The Java that runs the servers, and the options with which it stays small. */
import { accessSync, constants, existsSync, globSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { Failure } from '../../src/base/failure.ts'

/** Major versions, both of which are in it. */
export type JavaVersions = { readonly oldest: number; readonly newest: number }

/** Kafka needs 17. Hadoop's and Flume's calls of the security manager fail from 24 on. */
const MOST_SERVERS: JavaVersions = { oldest: 17, newest: 23 }

/** The path of a fitting `java`: that of JAVA_HOME, of the PATH, or of `/usr/lib/jvm`. Throws if there is none. */
export function javaPath(versions: JavaVersions = MOST_SERVERS): string {
  const { oldest, newest } = versions
  const found = findJava(versions)
  if (found === undefined) {
    throw new Failure('not-found', `there is no Java ${oldest === newest ? oldest : `${oldest} to ${newest}`}`, {
      hint: `Install one, such as Debian's openjdk-17-jre-headless, or name its folder in JAVA_HOME.`,
    })
  }
  return found
}

function findJava({ oldest, newest }: JavaVersions): string | undefined {
  const home = process.env.JAVA_HOME
  const candidates = [
    ...(home === undefined ? [] : [join(home, 'bin/java')]),
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'java')),
    ...globSync('/usr/lib/jvm/*/bin/java').sort(),
  ]
  return candidates.find((path) => {
    const version = versionOf(path)
    return version >= oldest && version <= newest
  })
}

/** The major version, by the file `release` of its folder; NaN if it cannot be known. */
function versionOf(path: string): number {
  try {
    accessSync(path, constants.X_OK)
    const release = join(dirname(dirname(realpathSync(path))), 'release')
    return Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1])
  } catch {
    return Number.NaN
  }
}

/** The path of a program that comes with the JDK, such as `keytool`. */
export function jdkTool(name: string): string {
  const path = join(dirname(realpathSync(javaPath())), name)
  if (!existsSync(path)) throw new Failure('not-found', `${path} is missing: this Java comes without ${name}`)
  return path
}

/** Options of a virtual machine that starts quickly and needs little memory and few threads. */
export const smallJava = (heapMb: number): readonly string[] => [
  '-Xms64m',
  `-Xmx${heapMb}m`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.net.preferIPv4Stack=true',
  '-Djava.awt.headless=true',
  // Else a file in the folder for temporary files is left by each machine that is killed.
  '-XX:-UsePerfData',
]
