/**
 * How fast lines are written to a topic and read from it, in turns with Kafka's own ProducerPerformance and
 * ConsumerPerformance: lz4, 3 partitions. Rates are from the first record to the last, as those programs count them; the
 * processor time is that of the whole process.
 */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kafka } from '../../scripts/services/kafka/kafka.ts'
import { type Figure, figure, median, OUT } from '../measure.ts'
import { type Ended, loadNow, runToEnd } from './child.ts'
import type { DayLog } from './day-log.ts'
import { kafkaProgram } from './peer-program.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const PAYLOADS = 10_000
const PAYLOAD_FILE = join(OUT, 'payloads.txt')

/** Records per second, and µs of the processor for each. */
type Rate = { readonly rate: number; readonly micros: number }

type Contestant = { readonly name: string; run(topic: string, records: number): Promise<Rate> }

/** Of a child of ours, which prints JSON. */
function ownRate({ output, cpuSeconds }: Ended, records: number): Rate {
  const { seconds } = JSON.parse(output) as { seconds: number }
  return { rate: records / seconds, micros: (cpuSeconds / records) * 1e6 }
}

function producers(kafka: Kafka, acks: 'all' | 'leader'): readonly Contestant[] {
  return [
    {
      name: 'tailrace',
      async run(topic, records) {
        const args = [kafka.bootstrap, topic, String(records), acks, PAYLOAD_FILE]
        return ownRate(await runToEnd([process.execPath, 'bench/kafka/produce.ts', ...args]), records)
      },
    },
    {
      name: 'ProducerPerformance',
      async run(topic, records) {
        const settings = [
          `bootstrap.servers=${kafka.bootstrap}`,
          `acks=${acks === 'all' ? 'all' : 1}`,
          ...['compression.type=lz4', 'batch.size=131072', 'linger.ms=5'],
        ]
        const args = ['--topic', topic, '--num-records', String(records), '--payload-file', PAYLOAD_FILE]
        const program = 'org.apache.kafka.tools.ProducerPerformance'
        const command = await kafkaProgram(program, [...args, '--throughput', '-1', '--producer-props', ...settings])
        const { output, cpuSeconds } = await runToEnd(command)
        const rate = Number(/records sent, ([\d.]+) records\/sec/.exec(output.trim().split('\n').at(-1) ?? '')?.[1])
        return { rate, micros: (cpuSeconds / records) * 1e6 }
      },
    },
  ]
}

function consumers(kafka: Kafka): readonly Contestant[] {
  return [
    {
      name: 'tailrace',
      async run(topic, records) {
        const args = [kafka.bootstrap, topic, String(records)]
        return ownRate(await runToEnd([process.execPath, 'bench/kafka/consume.ts', ...args]), records)
      },
    },
    {
      name: 'ConsumerPerformance',
      async run(topic, records) {
        const args = ['--bootstrap-server', kafka.bootstrap, '--topic', topic, '--num-records', String(records)]
        const command = await kafkaProgram('org.apache.kafka.tools.ConsumerPerformance', [
          ...args,
          '--timeout',
          '60000',
        ])
        const { output, cpuSeconds } = await runToEnd(command)
        // The last column is the rate of the fetches, without joining the group.
        const columns = (output.trim().split('\n').at(-1) ?? '').split(', ')
        return { rate: Number(columns.at(-1)), micros: (cpuSeconds / records) * 1e6 }
      },
    },
  ]
}

/** Each in turns, on a topic that `topicFor` names; medians. */
async function race(
  what: string,
  contestants: readonly Contestant[],
  records: number,
  topicFor: (name: string, run: number) => Promise<string>,
): Promise<Figure[]> {
  const rates = new Map<string, Rate[]>(contestants.map(({ name }) => [name, []]))
  for (let run = 0; run < RUNS; run++) {
    for (const { name, run: once } of contestants) rates.get(name)?.push(await once(await topicFor(name, run), records))
  }
  console.log(`\n${what}, ${records} lines`)
  const medians = contestants.map(({ name }) => {
    const all = rates.get(name) ?? []
    const rate = median(all.map((one) => one.rate))
    const micros = median(all.map((one) => one.micros))
    console.log(
      `  ${name.padEnd(24)}${(rate / 1000).toFixed(0).padStart(8)} K/s   ${micros.toFixed(2)} µs/line   ${loadNow()}`,
    )
    return { name, rate, micros }
  })
  const [own, peer] = medians
  if (own === undefined || peer === undefined) return []
  console.log(
    `  ${(own.rate / peer.rate).toFixed(2)} times the rate, ${(own.micros / peer.micros).toFixed(2)} of the processor`,
  )
  return [
    figure(what, own.rate, 'lines/s', { name: peer.name, value: peer.rate }),
    figure(`${what}, processor`, own.micros, 'µs/line', { name: peer.name, value: peer.micros }),
  ]
}

/** Writes the payloads, then races producers and consumers. */
export async function raceRates(kafka: Kafka, log: DayLog, records: number): Promise<Figure[]> {
  const lines = (await readFile(log.path, 'utf8')).split('\n', PAYLOADS)
  writeFileSync(PAYLOAD_FILE, `${lines.join('\n')}\n`)
  let made = 0
  const fresh = async (): Promise<string> => {
    const topic = `rates-${made++}`
    await kafka.createTopic(topic, 3)
    return topic
  }
  const leader = await race('produce, acks=1', producers(kafka, 'leader'), records, fresh)
  const all = await race('produce, acks=all', producers(kafka, 'all'), records, fresh)
  // What Java has written, and what tailrace has: its batches are larger.
  const [own, java] = producers(kafka, 'all')
  const topics: string[] = []
  for (const producer of [java, own]) {
    const topic = await fresh()
    await producer?.run(topic, records)
    topics.push(topic)
  }
  const [byJava = '', byUs = ''] = topics
  const foreign = await race("consume what Java's producer wrote", consumers(kafka), records, async () => byJava)
  const ours = await race('consume what tailrace wrote', consumers(kafka), records, async () => byUs)
  return [...leader, ...all, ...foreign, ...ours]
}
