/** Apache JMeter: runs a plan of requests to its end, and counts the answers. */
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openGuard } from '../guard.ts'
import { installedJars, unpackedArtifact } from '../jars.ts'
import { runJava } from '../program.ts'

/** Of the version in `pom.xml`. */
const CONFIG = 'org.apache.jmeter:ApacheJMeter_config:5.6.3'

export type JmeterRun = {
  /** The path of a `.jmx` file. */
  readonly plan: string
  /** For `${__P(NAME,DEFAULT)}` in the plan. */
  readonly properties: Readonly<Record<string, string | number>>
}

export type Answers = {
  /** The number of requests, by the name that the plan gives them. */
  readonly requests: Readonly<Record<string, number>>
  readonly failed: number
}

/** Gets JMeter, if it is not there. Throws if there is no Java, or no jars. */
export async function installJmeter(): Promise<{ readonly jars: string; readonly config: string }> {
  const jars = await installedJars('jmeter')
  return { jars, config: await unpackedArtifact('jmeter', CONFIG) }
}

/** Runs the plan. Throws if JMeter is not to be had, or does not like the plan; answers with an error are counted. */
export async function runJmeter({ plan, properties }: JmeterRun): Promise<Answers> {
  const { jars, config } = await installJmeter()
  await using guard = await openGuard('jmeter')
  const home = guard.folder
  await mkdir(join(home, 'lib/junit'), { recursive: true })
  await symlink(jars, join(home, 'lib/ext'))
  await symlink(join(config, 'bin'), join(home, 'bin'))
  const results = join(home, 'results.csv')
  const settings = {
    ...properties,
    // It would listen on a UDP port for a command to stop.
    'jmeterengine.nongui.port': 0,
    'jmeter.save.saveservice.output_format': 'csv',
  }
  const args = [
    ...['-d', home, '-p', join(home, 'bin/jmeter.properties'), '-j', join(home, 'jmeter.log')],
    ...['-n', '-t', resolve(plan), '-l', results],
    ...Object.entries(settings).map(([name, value]) => `-J${name}=${value}`),
  ]
  const javaOptions = [`-Djmeter.home=${home}`, '--add-opens=java.base/java.lang=ALL-UNNAMED']
  const program = { classPath: join(jars, '*'), mainClass: 'org.apache.jmeter.NewDriver', args, javaOptions }
  await runJava(program, {}, guard)
  return countAnswers(await readFile(results, 'utf8'))
}

/** From JMeter's results: a line of names, and one for each request. Only a message may hold a comma, and it stands behind. */
function countAnswers(csv: string): Answers {
  const [names = '', ...lines] = csv.trimEnd().split('\n')
  const at = (name: string) => names.split(',').indexOf(name)
  const requests: Record<string, number> = {}
  let failed = 0
  for (const line of lines) {
    const fields = line.split(',')
    const label = fields[at('label')] ?? ''
    requests[label] = (requests[label] ?? 0) + 1
    if (fields[at('responseCode')] !== '200') failed++
  }
  return { requests, failed }
}
