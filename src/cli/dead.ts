/**
 * `tailrace dead`: dead letters by kind and reason. It only reads; `--send-again` appends records to their topic, which the
 * process that runs the pipeline does, if there is one.
 */
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { countText } from '../base/units.ts'
import type { BusReader } from '../bus/bus.ts'
import { repairText, type WhichText } from '../history/command-text.ts'
import { groupLetters, type LetterGroup } from '../history/dead-groups.ts'
import type { RecordPlace, SentChosen } from '../history/letters/letter-view.ts'
import { NOT_KEPT, recordTextAt } from '../history/record-at.ts'
import { sentBefore } from '../history/send-again.ts'
import { chosenLetters, sendChosen } from '../history/send-chosen.ts'
import { cutText, printable } from '../terminal/text.ts'
import { latenessSpan } from '../topic/late-rows.ts'
import { DEAD_LETTER_KINDS, type PlacedLetter } from '../topic/letter.ts'
import { openBus } from './option/bus.ts'
import { type DataPlace, openData, topicNamed } from './option/data.ts'
import { namedBefore, PIPELINE_ARGUMENT, type WhichOptions, whichOptions, whichText } from './option/pipeline.ts'
import { askRunning } from './option/running.ts'

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
    .option(
      '--send-again',
      'append records that were no rows (kinds format, future and rule) to their topic once more, each once',
    )
    .option('--json', 'print it as JSON, one object for each kind and reason')
    .addHelpText(
      'after',
      `
Examples:
  tailrace dead apache_logs
  tailrace dead apache_logs --kind late --json
  tailrace dead apache_logs --reason 'expected [' --send-again --data /var/lib/tailrace/nasa

Both work while the pipeline runs, and when it does not. A letter that was sent again is not sent twice. Late
rows and failed expressions are not sent again: their records are in the topic, and other queries have counted them. Late rows
get into the rows of their query by tailrace backfill, which is printed with them. What a sink refused is not sent either: when
the store takes it, give the sink another name in the pipeline file, and it delivers its topic from the start.
`,
    )
    .action(namedBefore(dead))
}

async function dead(name: string, options: DeadOptions): Promise<void> {
  await using data = await openData(options)
  const topic = await topicNamed(name.replace(/\.dead$/, ''), data)
  const wasSent = sentBefore(nodeDisk, data.dataFolder, topic)
  const letters = await topicNamed(`${topic}.dead`, data)
  if (options.sendAgain === true) {
    await sendLetters(topic, letters, data, options)
    return
  }
  const groups = await groupLetters(chosenLetters(await data.reader(letters), options), wasSent)
  // Of a row that is kept by place, the record is in its topic.
  for (const group of groups) {
    const { first } = group
    if (group.example === undefined) group.example = await recordOf(group.topic, first, data)
  }
  const isAll = options.kind === undefined && options.reason === undefined
  if (options.json === true) for (const group of groups) process.stdout.write(`${JSON.stringify(group)}\n`)
  else if (groups.length === 0)
    process.stderr.write(`topic ${topic} has no dead letters${isAll ? '' : ' of that kind'}\n`)
  else process.stdout.write(groups.map((group) => textOf(group, whichText(options))).join('\n'))
}

/** undefined where the record is not kept any more. */
async function recordOf(
  topic: string,
  { partition, offset }: RecordPlace,
  data: BusReader,
): Promise<string | undefined> {
  const isThere = (await data.topics()).some(({ name }) => name === topic)
  return isThere ? recordTextAt(await data.reader(topic), partition, offset) : undefined
}

function textOf(group: LetterGroup, which: WhichText): string {
  const { kind, query, sink, reason, count, sentAgain, lateMs, windows, first, last, example } = group
  const by = query !== undefined ? ` in query ${query}` : sink !== undefined ? ` ${sink}` : ''
  const span = lateMs === undefined ? '' : `  late by ${latenessSpan(lateMs)}\n`
  const again = sentAgain === 0 ? '' : ` (${sentAgain} sent again)`
  const repair =
    query === undefined || windows === undefined ? '' : `  to count them: ${repairText(query, windows, which)}\n`
  const record = example === undefined ? NOT_KEPT : printable(cutText(example, SHOWN))
  return `${count} × ${kind}${by}${again}: ${printable(reason)}
${span}${repair}  first ${placeText(first)}, last ${placeText(last)}
  ${record}
`
}

const placeText = ({ partition, offset }: RecordPlace): string =>
  offset < 0 ? `partition ${partition}` : `partition ${partition} offset ${offset}`

async function sendLetters(
  topic: string,
  letters: string,
  data: BusReader & DataPlace,
  options: DeadOptions,
): Promise<void> {
  const { kind, reason } = options
  const request = { command: 'send-again', topic, letters, kind, reason }
  const sent =
    (await askRunning<SentChosen>(data.dataFolder, request)) ??
    (await sendStopped(topic, chosenLetters(await data.reader(letters), options), data))
  process.stderr.write(`${sentText(topic, sent)}\n`)
  for (const { query, windows } of sent.late) {
    const repair = repairText(query, windows, whichText(options))
    process.stderr.write(`late rows get into the rows of query ${query} by: ${repair}\n`)
  }
}

async function sendStopped(
  topic: string,
  chosen: AsyncIterable<PlacedLetter>,
  { dataFolder, ...pipeline }: DataPlace,
): Promise<SentChosen> {
  await using bus = await openBus(dataFolder, pipeline)
  return await sendChosen(topic, chosen, { disk: nodeDisk, dataFolder, bus, now: systemClock.now() })
}

function sentText(topic: string, { sent, earlier, gone, used, refused }: SentChosen): string {
  const told = [
    `${countText(sent, 'record')} sent again to ${topic}`,
    ...(earlier > 0 ? [`${earlier} were before`] : []),
    ...(gone > 0 ? [`${gone} are not kept any more`] : []),
    ...(used > 0 ? [`${used} are late or failed in a query and not sent: their records are counted elsewhere`] : []),
    ...(refused > 0
      ? [`${refused} were refused by a sink and not sent: all other readers have them (see --help)`]
      : []),
  ]
  return told.join(', ')
}
