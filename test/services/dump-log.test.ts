/**
 * Kafka's own DumpLogSegments reads our segments. Needs Java and Maven (the jars come once from Maven Central), so it
 * runs with TAILRACE_SERVICES=1 only.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { appendOf, linesOf } from '../../src/bus/appends.test-tool.ts'
import { openEmbedded } from '../../src/bus/embedded.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const jars = join(root, 'node_modules/.cache/tailrace/kafka')
const wanted = process.env.TAILRACE_SERVICES === '1'
if (!wanted) console.warn('SKIPPED: Kafka was not asked to read our segments; TAILRACE_SERVICES=1 does (Java, Maven).')

test.skipIf(!wanted)(
  'Kafka accepts every batch and every record of a segment',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tailrace-dump-'))
    try {
      {
        await using bus = await openEmbedded(folder, { disk: nodeDisk, clock: systemClock })
        const topic = await bus.topic('access.log', 1)
        await topic.append(0, appendOf(linesOf('GET /', 'POST /x'), 1_700_000_000_000, '{"line":2}'))
        await topic.append(0, appendOf([{ key: Buffer.from('the key'), value: Buffer.from('v') }], 1_700_000_000_001))
        const lines = Array.from({ length: 6000 }, (_, line) => `${line}`.padEnd(100, '.'))
        await topic.append(0, appendOf(linesOf(...lines), 1_700_000_000_002, 'm'))
      }
      const dump = dumpLog(join(folder, 'topics/access.log-0/00000000000000000000.log'))
      const batches = dump.filter((line) => line.startsWith('baseOffset'))
      const records = dump.filter((line) => line.startsWith('| offset'))
      expect(batches.map((line) => /count: (\d+)/.exec(line)?.[1])).toEqual(['2', '1', '2382', '2382', '1236'])
      expect(batches.filter((line) => !line.endsWith('isvalid: true'))).toEqual([])
      expect(records.map((line) => Number(/offset: (\d+)/.exec(line)?.[1]))).toEqual(records.map((_, offset) => offset))
      expect(records).toHaveLength(6003)
      expect(records[0]).toMatch(/CreateTime: 1700000000000 keySize: -1 .*headerKeys: \[\] payload: GET \/$/)
      expect(records[1]).toMatch(/headerKeys: \[tailrace.mark\] payload: POST \/x$/)
      expect(records[2]).toMatch(/key: the key payload: v$/)
      expect(records[6002]).toMatch(/headerKeys: \[tailrace.mark\] payload: 5999\.+$/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  300_000,
)

function dumpLog(file: string): readonly string[] {
  if (!existsSync(jars)) {
    const pom = join(root, 'scripts/services/kafka/pom.xml')
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    execFileSync('mvn', ['-q', '-B', '-f', pom, copy, `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'])
  }
  const java = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', join(jars, '*')]
  const dump = ['org.apache.kafka.tools.DumpLogSegments', '--deep-iteration', '--print-data-log', '--files', file]
  const output = execFileSync('java', [...java, ...dump], { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] })
  return output.toString().split('\n')
}
