/**
 * The jars of a service, from Maven Central by its `pom.xml`. They are kept in `node_modules/.cache/tailrace`, in a folder
 * named after the content of the pom, so another version never meets the jars of the last.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../src/base/failure.ts'
import { javaPath } from './java.ts'

const cache = fileURLToPath(new URL('../../node_modules/.cache/tailrace', import.meta.url))
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'
/** A first download on a slow line. */
const DOWNLOAD_LIMIT_MS = 600_000

/** The folder with the jars of `scripts/services/NAME/pom.xml`; downloads them if they are not there. Throws if there is no Java. */
export const installedJars = (name: string): Promise<string> => jarsOfPom(name, pomOf(name))

const pomOf = (name: string): string => fileURLToPath(new URL(`${name}/pom.xml`, import.meta.url))

/** The same for any pom, under a name for the cache. */
export async function jarsOfPom(name: string, pom: string): Promise<string> {
  javaPath()
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12)
  return await filledByMaven(name, join(cache, `${name}-${version}`), [
    ...['-f', pom, `${PLUGIN}:copy-dependencies`],
    '-DincludeScope=runtime',
  ])
}

/**
 * A folder in the same cache with the files that are packed in an artifact, `GROUP:NAME:VERSION`. The pom of the service sets where
 * Maven's notes about that go.
 */
export async function unpackedArtifact(service: string, artifact: string): Promise<string> {
  const name = artifact.split(':').slice(1).join('-')
  const goal = ['-f', pomOf(service), `${PLUGIN}:unpack`, `-Dartifact=${artifact}`]
  return await filledByMaven(service, join(cache, name), goal)
}

/** The folder, which Maven fills with this goal if it is not there. */
async function filledByMaven(name: string, folder: string, goal: readonly string[]): Promise<string> {
  if (existsSync(folder)) return folder
  // Filled beside, and renamed when whole: another process may install the same.
  const beside = `${folder}.${process.pid}`
  await mkdir(dirname(folder), { recursive: true })
  try {
    const options = ['-q', '-B', ...goal, `-DoutputDirectory=${beside}`]
    await promisify(execFile)('mvn', options, { timeout: DOWNLOAD_LIMIT_MS })
    await rename(beside, folder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    if (!existsSync(folder)) throw lackingJars(name, error)
  }
  return folder
}

function lackingJars(name: string, error: unknown): Failure {
  const { code, stdout = '' } = error as { code?: unknown; stdout?: string }
  const hint = 'Install Maven and make sure that it reaches Maven Central, or a mirror in ~/.m2/settings.xml.'
  const said = stdout.split('\n').find((line) => line.includes('[ERROR]')) ?? String(error).split('\n')[0]
  const why = code === 'ENOENT' ? 'mvn is not installed' : said
  return new Failure('not-found', `the jars of ${name} cannot be downloaded: ${why}`, { hint, cause: error })
}
