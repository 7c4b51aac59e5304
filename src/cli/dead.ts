/**
 * `tailrace dead`: dead letters by kind and reason. It only reads; `--send-again` appends records to their topic, so it
 * needs the data folder for itself.
 */
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import { countText } from '../base/units.ts'
import type { BusReader, TopicReader } from '../bus/bus.ts'
import { groupLetters, type LetterGroup, type RecordPlace } from '../history/dead-groups.ts'
import { recordTextAt } from '../history/record-at.ts'
import { repairText, type WhichText } from '../history/repair-text.ts'
import { sendAgain, sentBefore } from '../history/send-again.ts'
import { cutText, printable } from '../terminal/text.ts'
import { latenessSpan, lateRowsReason } from '../topic/late-rows.ts'
import { DEAD_LETTER_KINDS, isOfPlaces, type PlacedLetter, readLetters } from '../topic/letter.ts'
import { openBus } from './option/bus.ts'
import { type DataPlace, openData, topicNamed } from './option/data.ts'
import { namedBefore, PIPELINE_ARGUMENT, type WhichOptions, whichOptions, whichText } from './option/pipeline.ts'

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
      'append records that were no rows (kinds format and future) to their topic once more, each once',
    )
    .option('--json', 'print it as JSON, one object for each kind and reason')
    .addHelpText(
      'after',
      `
Examples:
  tailrace dead apache_logs
  tailrace dead apache_logs --kind late --json
  tailrace dead apache_logs --reason 'expected [' --send-again --data /var/lib/tailrace/nasa

Listing works while the pipeline runs; to send again, stop it first. A letter that was sent again is not sent twice. Late
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
  const letters = chosenLetters(await data.reader(await topicNamed(`${topic}.dead`, data)), options)
  if (options.sendAgain === true) {
    await sendChosen(topic, letters, data, whichText(options))
    return
  }
  const groups = await groupLetters(letters, wasSent)
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

async function* chosenLetters(topic: TopicReader, options: DeadOptions): AsyncGenerator<PlacedLetter> {
  for await (const placed of readLetters(topic)) if (isChosen(placed.letter, options)) yield placed
}

function isChosen(letter: PlacedLetter['letter'], options: DeadOptions): boolean {
  const reason = isOfPlaces(letter) ? lateRowsReason(letter) : letter.reason
  return (options.kind ?? letter.kind) === letter.kind && reason.includes(options.reason ?? '')
}

function textOf(group: LetterGroup, which: WhichText): string {
  const { kind, query, sink, reason, count, sentAgain, lateMs, windows, first, last, example } = group
  const by = query !== undefined ? ` in query ${query}` : sink !== undefined ? ` ${sink}` : ''
  const span = lateMs === undefined ? '' : `  late by ${latenessSpan(lateMs)}\n`
  const again = sentAgain === 0 ? '' : ` (${sentAgain} sent again)`
  const repair =
    query === undefined || windows === undefined ? '' : `  to count them: ${repairText(query, windows, which)}\n`
  const record = example === undefined ? '(the record is not kept any more)' : printable(cutText(example, SHOWN))
  return `${count} × ${kind}${by}${again}: ${printable(reason)}
${span}${repair}  first ${placeText(first)}, last ${placeText(last)}
  ${record}
`
}

const placeText = ({ partition, offset }: RecordPlace): string =>
  offset < 0 ? `partition ${partition}` : `partition ${partition} offset ${offset}`

async function sendChosen(
  topic: string,
  chosen: AsyncIterable<PlacedLetter>,
  { dataFolder, ...pipeline }: DataPlace,
  which: WhichText,
): Promise<void> {
  const { unread, others } = await sorted(chosen)
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
    `${countText(sent, 'record')} sent again to ${topic}`,
    ...(earlier > 0 ? [`${earlier} were before`] : []),
    ...(gone > 0 ? [`${gone} are not kept any more`] : []),
    ...othersText(others),
  ]
  process.stderr.write(`${told.join(', ')}\n`)
  const late = others.filter(({ kind }) => kind === 'late' || kind === 'partly_late')
  for (const { query, windows } of late) {
    if (query === undefined || windows === undefined) continue
    process.stderr.write(`late rows get into the rows of query ${query} by: ${repairText(query, windows, which)}\n`)
  }
}

/** The letters whose records were no rows, and the groups of all others. */
async function sorted(chosen: AsyncIterable<PlacedLetter>) {
  const unread: PlacedLetter[] = []
  const rest = async function* () {
    for await (const placed of chosen) {
      const { letter } = placed
      const isUnread = letter.kind === 'format' || letter.kind === 'future'
      // The record itself is read from its topic: the copy would only take memory.
      if (isUnread && !isOfPlaces(letter)) unread.push({ ...placed, letter: { ...letter, record: '' } })
      else yield placed
    }
  }
  return { unread, others: await groupLetters(rest(), () => false) }
}

function othersText(others: readonly LetterGroup[]): readonly string[] {
  const counted = (isSo: (kind: string) => boolean) =>
    others.reduce((sum, { kind, count }) => (isSo(kind) ? sum + count : sum), 0)
  const refused = counted((kind) => kind === 'sink')
  const used = counted((kind) => kind !== 'sink')
  return [
    ...(used > 0 ? [`${used} are late or failed in a query and not sent: others have counted their records`] : []),
    ...(refused > 0 ? [`${refused} were refused by a sink and not sent: everybody else has them (see --help)`] : []),
  ]
}
