/**
 * `tailrace dead`: dead letters by kind and reason. It only reads; `--send-again` appends records to their topic, so it
 * needs the data folder for itself.
 */
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import type { TopicReader } from '../bus/bus.ts'
import { groupLetters, type LetterGroup, type RecordPlace } from '../history/dead-groups.ts'
import { sendAgain, sentBefore } from '../history/send-again.ts'
import { cutText, printable } from '../terminal/text.ts'
import { DEAD_LETTER_KINDS, type DeadLetter, type PlacedLetter, readLetters } from '../topic/dead-letter.ts'
import { openBus } from './option/bus.ts'
import { type DataPlace, openData, topicNamed } from './option/data.ts'
import { namedBefore, PIPELINE_ARGUMENT, type WhichOptions, whichOptions } from './option/pipeline.ts'

type DeadOptions = WhichOptions & {
  readonly kind?: string
  readonly reason?: string
  readonly sendAgain?: boolean
  readonly json?: boolean
}

/** Cells of a terminal for an example, before control characters are written out. */
const SHOWN = 200

/** The command `dead`. */
export function deadCommand(): Command {
  return whichOptions(new Command('dead'))
    .description('Lists the dead letters of a topic by kind and reason, and sends records again after a fix.')
    .argument('<TOPIC>', 'the topic whose records they were')
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .addOption(new Option('--kind <kind>', 'only these').choices(DEAD_LETTER_KINDS))
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
    .action(namedBefore(dead))
}

async function dead(name: string, options: DeadOptions): Promise<void> {
  await using data = await openData(options)
  const topic = await topicNamed(name.replace(/\.dead$/, ''), data)
  const wasSent = sentBefore(nodeDisk, data.dataFolder, topic)
  const letters = chosenLetters(await data.reader(await topicNamed(`${topic}.dead`, data)), options)
  if (options.sendAgain === true) {
    await sendChosen(topic, letters, data)
    return
  }
  const groups = await groupLetters(letters, wasSent)
  const isAll = options.kind === undefined && options.reason === undefined
  if (options.json === true) for (const group of groups) process.stdout.write(`${JSON.stringify(group)}\n`)
  else if (groups.length === 0)
    process.stderr.write(`topic ${topic} has no dead letters${isAll ? '' : ' of that kind'}\n`)
  else process.stdout.write(groups.map(textOf).join('\n'))
}

async function* chosenLetters(topic: TopicReader, options: DeadOptions): AsyncGenerator<PlacedLetter> {
  for await (const placed of readLetters(topic)) if (isChosen(placed.letter, options)) yield placed
}

const isChosen = ({ kind, reason }: DeadLetter, options: DeadOptions): boolean =>
  (options.kind ?? kind) === kind && reason.includes(options.reason ?? '')

function textOf({ kind, query, sink, reason, count, sentAgain, lateMs, first, last, example }: LetterGroup): string {
  const by = query !== undefined ? ` in query ${query}` : sink !== undefined ? ` ${sink}` : ''
  const span = lateMs === undefined ? '' : `  late by ${lateMs.least / 1000} s to ${lateMs.greatest / 1000} s\n`
  const again = sentAgain === 0 ? '' : ` (${sentAgain} sent again)`
  return `${count} × ${kind}${by}${again}: ${printable(reason)}
${span}  first ${placeText(first)}, last ${placeText(last)}
  ${printable(cutText(example, SHOWN))}
`
}

const placeText = ({ partition, offset }: RecordPlace): string =>
  offset < 0 ? `partition ${partition}` : `partition ${partition} offset ${offset}`

async function sendChosen(
  topic: string,
  chosen: AsyncIterable<PlacedLetter>,
  { dataFolder, ...pipeline }: DataPlace,
): Promise<void> {
  const unread: PlacedLetter[] = []
  let others = 0
  let refused = 0
  for await (const placed of chosen) {
    // The record itself is read from its topic: the copy would only take memory.
    if (placed.letter.kind === 'format') unread.push({ ...placed, letter: { ...placed.letter, record: '' } })
    else if (placed.letter.kind === 'sink') refused++
    else others++
  }
  await using bus = await openBus(dataFolder, pipeline).catch((error) => {
    if (!(error instanceof Failure && error.code === 'in-use')) throw error
    throw new Failure('in-use', error.message, {
      hint: 'Records are sent again while the pipeline does not run: stop it, send them, start it.',
    })
  })
  const { sent, gone } = await sendAgain(topic, unread, {
    disk: nodeDisk,
    dataFolder,
    bus,
    now: systemClock.now(),
  })
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
