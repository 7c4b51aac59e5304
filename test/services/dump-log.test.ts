/** Kafka's own DumpLogSegments reads our segments. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { kafkaTool } from '../../scripts/services/kafka/tool.ts'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { appendOf, linesOf } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { inspectFolder } from '../../src/bus/embedded/fsck/fsck.ts'
import { DATA, examine, live, liveOnce, newWitness, open } from '../../src/bus/embedded/power-cut.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { isMissing } from './missing.ts'

const testWithKafka = test.skipIf(await isMissing('Kafka', () => installedJars('kafka')))

testWithKafka('Kafka accepts every batch and every record of a segment', async () => {
  using folder = temporaryFolder()
  {
    await using bus = await ownEmbedded(folder.path, { disk: nodeDisk, clock: systemClock })
    const topic = await bus.topic('access.log', 1)
    await topic.append(0, appendOf(linesOf('GET /', 'POST /x'), 1_700_000_000_000, '{"line":2}'))
    await topic.append(0, appendOf([{ key: Buffer.from('the key'), value: Buffer.from('v') }], 1_700_000_000_001))
    const lines = Array.from({ length: 6000 }, (_, line) => `${line}`.padEnd(100, '.'))
    await topic.append(0, appendOf(linesOf(...lines), 1_700_000_000_002, 'm'))
  }
  const { batches, records } = await dumpLog(join(folder.path, 'topics/access.log-0/00000000000000000000.log'))
  expect(batches.map((line) => /count: (\d+)/.exec(line)?.[1])).toEqual(['2', '1', '2382', '2382', '1236'])
  expect(records.map((line) => Number(/offset: (\d+)/.exec(line)?.[1]))).toEqual(records.map((_, offset) => offset))
  expect(records).toHaveLength(6003)
  expect(records[0]).toMatch(/CreateTime: 1700000000000 keySize: -1 .*headerKeys: \[\] payload: GET \/$/)
  expect(records[1]).toMatch(/headerKeys: \[tailrace.mark\] payload: POST \/x$/)
  expect(records[2]).toMatch(/key: the key payload: v$/)
  expect(records[6002]).toMatch(/headerKeys: \[tailrace.mark\] payload: 5999\.+$/)
})

testWithKafka(
  'Kafka accepts the segments of a log that was rolled, cut short by a power cut, recovered, and trimmed',
  async () => {
    using folder = temporaryFolder()
    const simulated = new SimulatedDisk()
    const witness = newWitness()
    simulated.stopAfter = 230
    await live(simulated.disk, witness, 20).catch(() => {})
    expect(simulated.stopped).toBe(true)
    const left = simulated.afterPowerCut(1)
    const bus = await open(left.disk)
    await examine(left.disk, bus, witness)
    for (let round = 0; round < 3; round++) await liveOnce(left.disk, bus, witness)
    const files = [...left.files()].filter(([path, bytes]) => path.endsWith('.log') && bytes.length > 0)
    expect(files.length).toBeGreaterThan(6)
    const copies = files.map(([path, bytes]) => {
      const copy = join(folder.path, basename(dirname(path)), basename(path))
      mkdirSync(dirname(copy), { recursive: true })
      writeFileSync(copy, bytes)
      return copy
    })
    const { lines, records } = await dumpLog(copies.join(','))
    expect(records.length).toBeGreaterThan(20)
    expect(records).toHaveLength(inspectFolder(left.disk, DATA, false).records)
    expect(lines.filter((line) => /mismatch|non-consecutive|corrupt/i.test(line))).toEqual([])
  },
)

/** What Kafka says of segments, by line, and the lines of batches and records; every batch must be valid. */
async function dumpLog(files: string) {
  const options = ['--deep-iteration', '--print-data-log', '--files', files]
  const output = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', options)
  const lines = output.split('\n')
  const batches = lines.filter((line) => line.startsWith('baseOffset'))
  expect(batches.filter((line) => !line.endsWith('isvalid: true'))).toEqual([])
  return { lines, batches, records: lines.filter((line) => line.startsWith('| offset')) }
}
