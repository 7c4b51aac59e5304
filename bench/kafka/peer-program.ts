/** The programs that tailrace is compared with on Kafka: Java's with their jars, compiled when they are first used; Python's. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { installedJars, jarsOfPom } from '../../scripts/services/jars.ts'
import { javaPath, jdkTool } from '../../scripts/services/java.ts'

const CACHE = resolve('node_modules/.cache/tailrace')
const PEERS = resolve('bench/peers')
const BYTEWAX = ['bytewax==0.21.1', 'confluent-kafka==2.16.1']
/** Flink looks into classes of the virtual machine. */
const OPENED = [
  'lang',
  'net',
  'io',
  'nio',
  'util',
  'util.concurrent',
  'util.concurrent.atomic',
  'lang.invoke',
  'text',
  'time',
]

/** How a program of Kafka's own is started; with the compiler that a server would use, not the quick one of the tests. */
export async function kafkaProgram(mainClass: string, args: readonly string[]): Promise<readonly string[]> {
  return [javaPath(), '-Xmx512m', '-cp', join(await installedJars('kafka'), '*'), mainClass, ...args]
}

/** How `bench/peers/NAME/WindowedCount.java` is started, with a folder for temporary files. */
export async function javaPeer(name: string, args: readonly string[], folder: string): Promise<readonly string[]> {
  const source = join(PEERS, name, 'WindowedCount.java')
  const jars = await jarsOfPom(`bench-${name}`, join(PEERS, name, 'pom.xml'))
  const hash = createHash('sha256').update(readFileSync(source)).update(jars).digest('hex').slice(0, 12)
  const classes = join(CACHE, `classes-${name}-${hash}`)
  if (!existsSync(classes)) {
    const beside = `${classes}.${process.pid}`
    mkdirSync(beside, { recursive: true })
    execFileSync(jdkTool('javac'), ['-d', beside, '-cp', join(jars, '*'), source], { stdio: 'inherit' })
    renameSync(beside, classes)
  }
  const opened = OPENED.map((part) => `--add-opens=java.base/java.${part}=ALL-UNNAMED`)
  const options = ['-Xms1g', '-Xmx1g', `-Djava.io.tmpdir=${folder}`, ...opened]
  return [javaPath(), ...options, '-cp', `${classes}:${join(jars, '*')}`, 'WindowedCount', ...args]
}

/** How the program for Bytewax is started; its packages are installed into a folder of their own. */
export function bytewaxPeer(args: readonly string[]): readonly string[] {
  const folder = join(CACHE, `bytewax-${createHash('sha256').update(BYTEWAX.join()).digest('hex').slice(0, 12)}`)
  if (!existsSync(folder)) {
    const beside = `${folder}.${process.pid}`
    execFileSync('python3', ['-m', 'pip', 'install', '-q', '--target', beside, ...BYTEWAX], { stdio: 'inherit' })
    renameSync(beside, folder)
  }
  return ['env', `PYTHONPATH=${folder}`, 'python3', join(PEERS, 'bytewax/windowed_count.py'), ...args]
}
