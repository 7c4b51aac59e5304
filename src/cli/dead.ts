/**
 * `tailrace dead`: what could not be used, by kind and reason. It only reads; `--send-again` appends records to their
 * topic, so it needs the data folder for itself.
 */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import type { TopicReader } from '../bus/bus.ts'
import { type PlacedLetter, sendAgain, sentBefore } from '../run/send-again.ts'
import { cutText, printable } from '../terminal/text.ts'
import type { DeadLetter } from '../topic/dead-letter.ts'
import { readTexts } from '../topic/read-texts.ts'
import { openBus } from './option/bus.ts'
import { openData, topicNamed } from './option/data.ts'
import { type WhichOptions, whichOptions } from './option/pipeline.ts'

type DeadOptions = WhichOptions & {
  readonly kind?: string
  readonly reason?: string
  readonly sendAgain?: boolean
  readonly json?: boolean
}

/** Cells of a terminal that an example takes at most, before control characters are written out. */
const SHOWN = 200

export function deadCommand(): Command {
  return whichOptions(new Command('dead'))
    .description('Lists the dead letters of a topic by kind and reason, and sends records again after a fix.')
    .argument('<TOPIC>', 'the topic whose records they were')
    .option('--kind <kind>', 'only these: format, late, partly_late, expression or sink')
    .option('--reason <text>', 'only those whose reason has this text in it')
    .option('--send-again', 'append the records that no format could read to their topic once more, each once')
    .option('--json', 'print it as JSON, one object for each kind and reason')
    .addHelpText(
      'after',
      `
Examples:
  tailrace dead apache_logs
  tailrace dead apache_logs --kind late --json
  tailrace dead apache_logs --reason 'expected [' --send-again --data /var/lib/tailrace/nasa

Listing works while the pipeline runs; to send again, stop it first. A letter that was sent again is not sent twice. Late
rows and failed expressions are not sent again: other queries have counted their records. What a sink refused is not either:
when the store takes it, give the sink another name in the pipeline file, and it delivers its topic from the start.
`,
    )
    .action(dead)
}

async function dead(name: string, options: DeadOptions): Promise<void> {
  await using data = await openData(options)
  const topic = await topicNamed(name.replace(/\.dead$/, ''), data)
  const wasSent = sentBefore(nodeDisk, data.folder, topic)
  const letters = lettersOf(await data.reader(await topicNamed(`${topic}.dead`, data)), options)
  if (options.sendAgain === true) {
    await sendChosen(topic, letters, data.folder)
    return
  }
  const groups = await groupsOf(letters, wasSent)
  const isAll = options.kind === undefined && options.reason === undefined
  if (options.json === true) for (const group of groups) process.stdout.write(`${JSON.stringify(group)}\n`)
  else if (groups.length === 0)
    process.stderr.write(`topic ${topic} has no dead letters${isAll ? '' : ' of that kind'}\n`)
  else process.stdout.write(groups.map(textOf).join('\n'))
}

function isChosen({ kind, reason }: DeadLetter, options: DeadOptions): boolean {
  return (options.kind ?? kind) === kind && reason.includes(options.reason ?? '')
}

/** One after the other: there may be more than memory holds. */
async function* lettersOf(topic: TopicReader, options: DeadOptions): AsyncGenerator<PlacedLetter> {
  for await (const { partition, offset, text } of readTexts(topic)) {
    const letter = JSON.parse(text) as DeadLetter
    if (isChosen(letter, options)) yield { letter, partition, offset }
  }
}

type Group = {
  readonly kind: string
  readonly query: string | undefined
  readonly sink: string | undefined
  /** The reason; where several differ in numbers only, with `N` in place of these. */
  reason: string
  count: number
  sentAgain: number
  /** Of late rows: by how much, ms. */
  lateMs: { readonly least: number; readonly greatest: number } | undefined
  readonly first: Spot
  last: Spot
  readonly example: string
}
/** Times too: `1995-07-01T00:07:55.000`. */
const NUMBER = /\d(?:[\d.:T-]*\d)?/g

type Spot = { readonly partition: number; readonly offset: number }

/** The most frequent first. */
async function groupsOf(
  letters: AsyncIterable<PlacedLetter>,
  wasSent: (placed: PlacedLetter) => boolean,
): Promise<readonly Group[]> {
  const groups = new Map<string, Group>()
  for await (const placed of letters) {
    const { kind, query, sink, reason, record, partition, offset, encoding, late_ms: late } = placed.letter
    const pattern = reason.replace(NUMBER, 'N')
    const key = JSON.stringify([kind, query, sink, pattern])
    const spot = { partition, offset }
    const group = groups.get(key) ?? {
      kind,
      query,
      sink,
      reason,
      count: 0,
      sentAgain: 0,
      lateMs: undefined,
      first: spot,
      last: spot,
      example: encoding === 'base64' ? Buffer.from(record, 'base64').toString('latin1') : record,
    }
    groups.set(key, group)
    group.count++
    group.last = spot
    if (group.reason !== reason) group.reason = pattern
    if (wasSent(placed)) group.sentAgain++
    if (late !== undefined) group.lateMs = spanned(group.lateMs, late)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

function spanned(before: Group['lateMs'], late: number): Group['lateMs'] {
  return { least: Math.min(before?.least ?? late, late), greatest: Math.max(before?.greatest ?? late, late) }
}

function textOf({ kind, query, sink, reason, count, sentAgain, lateMs, first, last, example }: Group): string {
  const by = query !== undefined ? ` in query ${query}` : sink !== undefined ? ` ${sink}` : ''
  const span = lateMs === undefined ? '' : `  late by ${lateMs.least / 1000} s to ${lateMs.greatest / 1000} s\n`
  const again = sentAgain === 0 ? '' : ` (${sentAgain} sent again)`
  const shown = printable(cutText(example, SHOWN))
  return `${count} × ${kind}${by}${again}: ${printable(reason)}
${span}  first ${spotText(first)}, last ${spotText(last)}
  ${shown}
`
}

const spotText = ({ partition, offset }: Spot): string =>
  offset < 0 ? `partition ${partition}` : `partition ${partition} offset ${offset}`

async function sendChosen(topic: string, chosen: AsyncIterable<PlacedLetter>, dataFolder: string): Promise<void> {
  const unread: PlacedLetter[] = []
  let others = 0
  let refused = 0
  for await (const placed of chosen) {
    // The record itself is read from its topic.
    if (placed.letter.kind === 'format') unread.push({ ...placed, letter: { ...placed.letter, record: '' } })
    else if (placed.letter.kind === 'sink') refused++
    else others++
  }
  await using bus = await openBus(dataFolder, 'embedded').catch((error) => {
    if (!(error instanceof Failure && error.code === 'in-use')) throw error
    throw new Failure('in-use', error.message, {
      hint: 'Records are sent again while the pipeline does not run: stop it, send them, start it.',
    })
  })
  const { sent, gone } = await sendAgain(topic, unread, { disk: nodeDisk, dataFolder, bus, now: systemClock.now() })
  const earlier = unread.length - sent - gone
  const told = [
    `${sent} records sent again to ${topic}`,
    ...(earlier > 0 ? [`${earlier} were before`] : []),
    ...(gone > 0 ? [`${gone} are not kept any more`] : []),
    ...(others > 0 ? [`${others} are late or failed in a query and not sent: others have counted their records`] : []),
    ...(refused > 0 ? [`${refused} were refused by a sink and not sent: everybody else has them (see --help)`] : []),
  ]
  process.stderr.write(`${told.join(', ')}\n`)
}
