/**
 * The pipeline of examples/ip-logs in a folder of a test, and what has to come of it: reckoned from the records that the generator
 * makes, by programs that have nothing in common with the engine.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { eventOf } from '../../src/source/made/expected/events.ts'
import { incidentsUntil } from '../../src/source/made/expected/incidents.ts'
import { madeRecords } from '../../src/source/made/expected/records.ts'
import { inGroups, inWindows } from '../../src/source/made/expected/windows.ts'
import { type GeneratorOptions, generatorOptions } from '../../src/source/made/options.ts'
import { type Environment, type Folder, folderWith } from '../cli/tailrace.ts'

export const EXAMPLE = 'examples/ip-logs'
/** As pipeline.yaml and made.yaml have them. */
const DIALS = { seed: 7, bad: '1%', duplicates: '0.5%', disorder: '5%', late: '0.1%' }
const SECONDS = 160
const READING = { partitions: 3, delay: 5000 }
const MINUTE = 60_000

/** The records of two minutes and 40 seconds of 2025, in which somebody scans ports and somebody is refused. */
const ownDials = (count: number) => ({
  ...{ count, event_rate: `${count / SECONDS}/s` },
  ...{ scans: { every: '2m' }, denials: { every: '2m', for: '1m' } },
})

export type Row = Readonly<Record<string, unknown>>

/** The files of the example, and `own.yaml`, which makes `count` records. */
export function exampleFolder(count: number, environment: Environment = {}): Folder {
  const files = readdirSync(EXAMPLE).filter((name) => /\.(yaml|csv|ndjson)$/.test(name))
  const content = files.map((name) => [name, readFileSync(join(EXAMPLE, name))] as const)
  const own = `sources: { firewall: { generator: ${JSON.stringify(ownDials(count))} } }\n`
  return folderWith({ ...Object.fromEntries(content), 'own.yaml': own }, environment)
}

/** Delivers what a run of the pipeline with these options has left behind when it was stopped, and reads nothing more. */
export async function deliverRest(folder: Folder, ...options: readonly string[]): Promise<void> {
  folder.write('rest.yaml', 'sources: { firewall: null }\n')
  const run = await folder.tailrace('run', 'pipeline.yaml', ...options, '--with', 'rest.yaml', '--until-end')
  if (run.code !== 0) throw new Error(run.stderr)
}

/** What `run --json` says in the end. */
export type Summary = {
  readonly lines: number
  readonly dead: { readonly format: number; readonly rule: number }
  readonly rules: { readonly [rule: string]: number }
  readonly late: { readonly [query: string]: number }
}

export type Tables = { readonly [name: string]: readonly Row[] }

/** What has to be in the tables, and what has to be said of records that are no rows. */
export function reckoned(count: number): Omit<Summary, 'lines'> & { readonly tables: Tables } {
  const options = generatorOptions.parse({ like: 'ip-logs', ...DIALS, ...ownDials(count) })
  const events: Event[] = []
  const dead = { format: 0, rule: 0 }
  const rules: Record<string, number> = {}
  for (const record of madeRecords(options)) {
    const event = eventOf('ip-logs', record)
    if (event === undefined || !isReadable(event)) {
      dead.format++
      continue
    }
    const broken = RULES.find(([, isMet]) => !isMet(event.values))?.[0]
    if (broken === undefined) events.push({ ...event, values: enriched(event.values) })
    else {
      dead.rule++
      rules[broken] = (rules[broken] ?? 0) + 1
    }
  }
  const { windows, late } = inWindows(events, MINUTE, READING)
  const tables = {
    access_logs: inOrder(events.map(({ time, values }) => ({ ...values, timestamp: iso(time) }))),
    statistics: inOrder([...windows].map(([start, inWindow]) => ({ ...spanOf(start), ...statisticsOf(inWindow) }))),
    traffic: inOrder([...windows].flatMap(([start, inWindow]) => trafficOf(start, inWindow))),
    alerts: inOrder(
      alertsOf(
        options,
        events.reduce((last, { time }) => Math.max(last, time), 0),
      ),
    ),
  }
  return { dead, rules, late: { access: 0, statistics: late.length, traffic: late.length }, tables }
}

type Values = Readonly<Record<string, unknown>>
type Event = { readonly n: number; readonly time: number; readonly values: Values }

const isWhole = (value: unknown): boolean => value === null || value === undefined || Number.isInteger(value)

const isReadable = ({ time, values }: Event): boolean =>
  !Number.isNaN(time) && ['port', 'bytes_sent', 'bytes_received'].every((name) => isWhole(values[name]))

/** The rules of the topic, said once more. */
const RULES: readonly (readonly [string, (values: Values) => boolean])[] = [
  ['all fields are there', (values) => FIELDS.every((name) => (values[name] ?? null) !== null)],
  ['source_ip is an address', ({ source_ip }) => isAddress(String(source_ip))],
  ['destination_ip is an address', ({ destination_ip }) => isAddress(String(destination_ip))],
  ['port is 0 to 65535', ({ port }) => Number(port) >= 0 && Number(port) <= 65_535],
]
const FIELDS = ['source_ip', 'destination_ip', 'port', 'protocol', 'bytes_sent', 'bytes_received', 'action']

function isAddress(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => String(Number(part)) === part && Number(part) <= 255)
}

function isPrivate(address: unknown): boolean {
  const [first = 0, second = 0] = String(address).split('.').map(Number)
  return first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second < 32)
}

const NUMBERS: Values = { TCP: 6, UDP: 17, ICMP: 1 }
const NAMES: Values = Object.fromEntries(
  readFileSync(join(EXAMPLE, 'ports.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')),
)

function enriched({ timestamp: _, ...values }: Values): Values {
  const [from, to] = [isPrivate(values.source_ip), isPrivate(values.destination_ip)]
  return {
    ...values,
    source_type: from ? 'private' : 'public',
    direction: from && to ? 'internal' : from ? 'outbound' : to ? 'inbound' : 'external',
    protocol_number: NUMBERS[String(values.protocol)],
    service: NAMES[String(values.port)] ?? 'other',
  }
}

const iso = (time: number): string => new Date(time).toISOString()
const spanOf = (start: number) => ({ window_start: iso(start), window_end: iso(start + MINUTE) })
const countOf = (events: readonly Event[], is: (values: Values) => boolean): number =>
  events.filter(({ values }) => is(values)).length
const sumOf = (events: readonly Event[], name: string): number =>
  events.reduce((sum, { values }) => sum + Number(values[name]), 0)
const differentIn = (events: readonly Event[], name: string): number =>
  new Set(events.map(({ values }) => values[name])).size
const isRefused = ({ action }: Values): boolean => action === 'DENY' || action === 'DROP'

const statisticsOf = (events: readonly Event[]): Row => ({
  records: events.length,
  sources: differentIn(events, 'source_ip'),
  bytes_total: sumOf(events, 'bytes_sent') + sumOf(events, 'bytes_received'),
  refused: countOf(events, isRefused),
  inbound: countOf(events, ({ direction }) => direction === 'inbound'),
  outbound: countOf(events, ({ direction }) => direction === 'outbound'),
  other_services: countOf(events, ({ service }) => service === 'other'),
})

const trafficOf = (start: number, inWindow: readonly Event[]): readonly Row[] =>
  inGroups(inWindow, ['source_ip']).map(({ key, events }) => ({
    ...spanOf(start),
    ...key,
    records: events.length,
    bytes_sent: sumOf(events as readonly Event[], 'bytes_sent'),
    bytes_received: sumOf(events as readonly Event[], 'bytes_received'),
    ports: differentIn(events as readonly Event[], 'port'),
    refused: countOf(events as readonly Event[], isRefused),
    refused_share: countOf(events as readonly Event[], isRefused) / events.length,
  }))

/** Each incident fires in each minute that it lasts, which is one; a scan is refused as well. It is resolved where a minute follows. */
function alertsOf(options: GeneratorOptions, last: number): readonly Row[] {
  return incidentsUntil(last, options, {}).flatMap(({ what, whom, from }) => {
    const names = what === 'port scan' ? ['port_scan', 'refused_source'] : ['refused_source']
    const states = Math.floor(last / MINUTE) > Math.floor(from / MINUTE) + 1 ? ['firing', 'resolved'] : ['firing']
    return names.flatMap((alert) =>
      states.map((state) => ({ alert, state, source_ip: whom, since: iso(from + MINUTE) })),
    )
  })
}

/** Rows without what no reckoning knows (ids, messages, arrivals), as texts in order. */
export const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows
    .map(({ id: _, created_at: __, message: ___, ...row }) => Object.fromEntries(Object.entries(row).sort()))
    .map((row) => JSON.stringify(row))
    .sort()
    .map((text) => JSON.parse(text) as Row)

/** The rows of a table of the folder's database, with ids; times as ISO texts. */
export function rowsIn(folder: Folder, table: string): readonly Row[] {
  using database = new DatabaseSync(folder.at('out/ip_logs.db'), { readOnly: true })
  return database.prepare(`SELECT * FROM ${table}`).all().map(plain)
}

/** A row of any store: times as ISO texts, numbers as numbers. */
export const plain = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))

function plainValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z?$/.test(value) ? `${value.replace('Z', '')}Z` : value
  return typeof value === 'object' && value !== null ? plainObject(String(value)) : value
}

const plainObject = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text)
