/** `tailrace alerts`: how the alerts of a pipeline stand, and who was told; and to silence them for a time. */
import { Command } from 'commander'
import { openSilences, readSilences, type Silence } from '../alert/silences.ts'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import { newSeed, seededRandom } from '../base/random.ts'
import { DURATION, parseQuantity } from '../base/units.ts'
import { ownDataFolder } from '../data/data-folder.ts'
import { MOST_REASON, silence, unsilence } from '../run/alerts/requests.ts'
import type { AlertsView } from '../run/alerts/standing.ts'
import { alertsOfStopped } from '../run/alerts/view.ts'
import { alertsSheet } from './look/alerts-text.ts'
import { openPictures } from './look/pictures.ts'
import { readBus } from './option/bus.ts'
import { type DataPlace, dataPlace } from './option/data.ts'
import { readWhich, type WhichOptions, whichOptions, withPipeline } from './option/pipeline.ts'
import { collect } from './option/repeated.ts'
import { askRunning } from './option/running.ts'
import { say } from './say.ts'

type AlertsOptions = WhichOptions & {
  readonly json?: boolean
  readonly key: readonly string[]
  readonly for?: string
  readonly reason?: string
}

const SILENCE = 'silence'
const UNSILENCE = 'unsilence'

/** The command `alerts`. */
export function alertsCommand(): Command {
  return whichOptions(new Command('alerts'))
    .description('Shows what fires, what is pending and what was resolved, and who was told; or silences an alert.')
    .usage(
      '[PIPELINE] [options]\n       tailrace alerts silence NAME [PIPELINE] --for 2h [--key column=value]\n       tailrace alerts unsilence NAME [PIPELINE]',
    )
    .argument('[WHAT...]', 'the pipeline file; or silence, or unsilence, with the name of an alert')
    .option('--json', 'print it as JSON')
    .option('--for <time>', 'silence: how long, such as 2h')
    .option('--reason <text>', 'silence: why, for those who see it')
    .option('--key <column=value>', 'silence, unsilence: only keys with this value; may be repeated', collect, [])
    .addHelpText(
      'after',
      `
Examples:
  tailrace alerts pipeline.yaml
  tailrace alerts silence payments_fail --for 2h --key country=DE
  tailrace alerts unsilence payments_fail
  tailrace alerts --json | jq '.alerts[].keys[] | select(.state == "firing")'

A silence is kept in the data folder. What fires meanwhile is in the topic of the alert; what still fires when the silence ends
is told then. Of a pipeline that is stopped, what was pending is not known.
`,
    )
    .action(alerts)
}

async function alerts(what: readonly string[], options: AlertsOptions): Promise<void> {
  const [action, name, pipeline] = what
  if (action !== SILENCE && action !== UNSILENCE) {
    if (what.length > 1) throw new Failure('usage', `this is one pipeline too many: ${name}`)
    if (options.for !== undefined || options.reason !== undefined || options.key.length > 0) {
      throw new Failure('usage', '--for, --key and --reason are about a silence', {
        hint: 'Write: tailrace alerts silence NAME --for 2h',
      })
    }
    return showAlerts(withPipeline(action, options))
  }
  if (name === undefined || what.length > 3) {
    throw new Failure('usage', `${action} which alert?`, { hint: `Write: tailrace alerts ${action} NAME` })
  }
  const given = withPipeline(pipeline, options)
  return action === SILENCE ? silenceOne(name, given) : endSilence(name, given)
}

/** How the alerts stand, whether the pipeline runs or not. Rejects with the Failure of either. */
export async function standingAlerts(options: WhichOptions): Promise<AlertsView> {
  const place = await dataPlace(options)
  return (await askRunning<AlertsView>(place.dataFolder, { command: 'alerts' })) ?? (await stoppedView(place, options))
}

async function showAlerts(options: AlertsOptions): Promise<void> {
  const view = await standingAlerts(options)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(view)}\n`)
    return
  }
  openPictures(process.stdout, process.env, false).show(alertsSheet(view))
}

async function stoppedView({ dataFolder, ...place }: DataPlace, options: WhichOptions): Promise<AlertsView> {
  const { pipeline } = await readWhich(options)
  await using bus = await readBus(dataFolder, place)
  const names = new Set((await bus.topics()).map(({ name }) => name))
  return await alertsOfStopped(pipeline, {
    disk: nodeDisk,
    dataFolder,
    silences: readSilences(nodeDisk, dataFolder),
    now: systemClock.now(),
    topic: async (topic) => (names.has(topic) ? bus.reader(topic) : undefined),
  })
}

async function silenceOne(name: string, options: AlertsOptions): Promise<void> {
  if (options.for === undefined) {
    throw new Failure('usage', `for how long is ${name} silenced?`, {
      hint: `Write: tailrace alerts silence ${name} --for 2h`,
    })
  }
  const until = systemClock.now() + parseQuantity(options.for, DURATION)
  const key = keyOf(options.key)
  const { dataFolder } = await dataPlace(options)
  const { reason } = options
  if (reason !== undefined && reason.length > MOST_REASON) {
    throw new Failure('usage', `--reason has ${reason.length} characters, and may have ${MOST_REASON}`)
  }
  const request = { command: SILENCE, name, key, until, reason }
  const asked = await askRunning(dataFolder, request)
  if (asked === undefined) {
    const { pipeline } = await readWhich(options)
    await owning(dataFolder, (silences) => silence({ name, key, until, reason }, pipeline, silences))
  }
  say(`${name}${whichText(key)} is silenced until ${new Date(until).toISOString()}`)
}

async function endSilence(name: string, options: AlertsOptions): Promise<void> {
  const key = options.key.length === 0 ? undefined : keyOf(options.key)
  const { dataFolder } = await dataPlace(options)
  const asked =
    (await askRunning<{ readonly ended: number }>(dataFolder, { command: UNSILENCE, name, key })) ??
    (await owning(dataFolder, (silences) => unsilence({ name, key }, silences)))
  if (asked.ended === 0) throw new Failure('not-found', `${name}${whichText(key ?? {})} is not silenced`)
  say(`${name}${whichText(key ?? {})} is no longer silenced`)
}

/** Works on the silences of a pipeline that is stopped. */
async function owning<Done>(
  dataFolder: string,
  work: (silences: ReturnType<typeof openSilences>) => Promise<Done>,
): Promise<Done> {
  using _ = await ownDataFolder(nodeDisk, dataFolder, systemClock, seededRandom(newSeed()))
  return await work(openSilences(nodeDisk, dataFolder, systemClock))
}

function keyOf(given: readonly string[]): Silence['key'] {
  const pairs = given.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
    throw new Failure('usage', `--key ${text} is no column with a value`, { hint: 'Write: --key country=DE' })
  })
  return Object.fromEntries(pairs)
}

const whichText = (key: Silence['key']): string =>
  Object.entries(key)
    .map(([column, value]) => `, ${column} ${value}`)
    .join('')
