/**
 * Makes the log of a firewall: which address spoke to which, by which port and protocol, how much, and whether it was allowed. Few sources
 * make most of it. Now and then one of them tries thousands of ports in a minute, and another is denied nearly always.
 *
 * Record n follows from the seed and n alone.
 */
import { type Batch, type BigintColumn, batchOfRows, type IntColumn } from '../../../record/column.ts'
import { BIGINT, type Field, INT, STRING } from '../../../record/type.ts'
import { FLAW_CODES, type FlawedMembers } from '../dials/flaw.ts'
import { type Incident, Incidents, type Recurrence } from '../dials/incidents.ts'
import type { RecordPlan } from '../dials/plan.ts'
import { below, DRAW_LIMIT, draw, recordState } from '../mix.ts'
import type { MadeIncident, MadeRows } from '../rows/made-rows.ts'
import { poolColumn, putNull, putText, textPool } from '../rows/text-pool.ts'
import { TimeTexts } from '../rows/time-texts.ts'
import { drawRank, weightedTable, zipfTable } from '../zipf.ts'
import { DENIED, madeAddresses, SCANNERS } from './addresses.ts'

/** Incidents, and their share of all records while they last, from 0 to 1. */
export type IpIncidents = Recurrence & { readonly share: number }

export type IpLogDials = {
  readonly seed: number
  /** Different sources, without those of incidents. */
  readonly sources: number
  /** Microseconds since 1970. */
  readonly start: number
  readonly scans: IpIncidents
  readonly denials: IpIncidents
}

/** The columns of the records. */
export const IP_FIELDS: readonly Field[] = [
  { name: 'timestamp', type: STRING },
  { name: 'source_ip', type: STRING },
  { name: 'destination_ip', type: STRING },
  { name: 'port', type: INT },
  { name: 'protocol', type: STRING },
  { name: 'bytes_sent', type: BIGINT },
  { name: 'bytes_received', type: BIGINT },
  { name: 'action', type: STRING },
]

const PROTOCOLS = textPool(['TCP', 'UDP', 'ICMP'])
const [TCP, UDP, ICMP] = [0, 1, 2]
const ACTIONS = textPool(['ALLOW', 'DENY', 'DROP'])
const [ALLOW, DENY, DROP] = [0, 1, 2]

/** `weight`: how many of 1,000 records. `sends` and `receives` are the fewest bytes. */
type Service = {
  readonly port: number
  readonly protocol: number
  readonly weight: number
  readonly sends: number
  readonly receives: number
}
const SERVICES: readonly Service[] = [
  { port: 443, protocol: TCP, weight: 420, sends: 600, receives: 3000 },
  { port: 80, protocol: TCP, weight: 140, sends: 400, receives: 2000 },
  { port: 53, protocol: UDP, weight: 180, sends: 60, receives: 120 },
  { port: 22, protocol: TCP, weight: 40, sends: 2000, receives: 3000 },
  { port: 25, protocol: TCP, weight: 25, sends: 4000, receives: 300 },
  { port: 123, protocol: UDP, weight: 40, sends: 76, receives: 76 },
  { port: 3306, protocol: TCP, weight: 35, sends: 300, receives: 5000 },
  { port: 5432, protocol: TCP, weight: 35, sends: 300, receives: 5000 },
  { port: 8080, protocol: TCP, weight: 30, sends: 500, receives: 2500 },
  { port: 3389, protocol: TCP, weight: 15, sends: 5000, receives: 20_000 },
  { port: 161, protocol: UDP, weight: 15, sends: 90, receives: 200 },
  { port: 0, protocol: ICMP, weight: 25, sends: 64, receives: 64 },
]
const FLAWED_MEMBERS: FlawedMembers = { number: 'port', text: 'source_ip' }
const DESTINATIONS = 400
/** The shift gives the first of 2,000 sources 4 % of all records. */
const RANK_SHIFT = 3
const DENIED_USUALLY = 0.03
const DENIED_IN_DENIAL = 0.85
const DENIED_IN_SCAN = 0.95
const SCANNED_PORTS = 10_000
/** No address of version 4: a part is too large, and a part is missing. */
const NO_ADDRESSES = ['10.300.1.7', '192.168.1']

/** Makes batches of at most `capacity` rows. */
export class IpLogs implements MadeRows {
  readonly fields: readonly Field[] = IP_FIELDS
  readonly flawedMembers: FlawedMembers = FLAWED_MEMBERS
  readonly #dials: IpLogDials
  readonly #scans: Incidents
  readonly #denials: Incidents
  readonly #pools: Pools
  readonly #columns: Columns

  constructor(dials: IpLogDials, capacity: number) {
    this.#dials = dials
    this.#scans = new Incidents(dials.seed ^ 0x5ca2, dials.scans)
    this.#denials = new Incidents(dials.seed ^ 0xde21, dials.denials)
    this.#pools = poolsOf(dials)
    this.#columns = columnsOf(this.#pools, capacity)
  }

  rows(plan: RecordPlan): Batch {
    const { times, source, target, port, protocol, sent, received, action } = this.#columns
    for (let row = 0; row < plan.count; row++) {
      const n = plan.numbers[row] as number
      times.put(row, this.#dials.start + (plan.micros[row] as number))
      this.#put(row, n, plan.inOrder[row] as number)
      const code = plan.flaws[row] as number
      if (code > 0) this.#spoil(row, code, n)
    }
    return batchOfRows(plan.count, [times.column, source, target, port, protocol, sent, received, action])
  }

  incidents(before: number): readonly MadeIncident[] {
    return [
      ...this.#scans.before(before).map((one) => named('port scan', SCANNERS, one)),
      ...this.#denials.before(before).map((one) => named('denied', DENIED, one)),
    ]
  }

  whomOfBurst(): string {
    return 'all sources'
  }

  #put(row: number, n: number, inOrder: number): void {
    const { seed, sources, scans, denials } = this.#dials
    const { addresses, services, targetRanks } = this.#pools
    const { source, target, port, protocol, sent, received, action } = this.#columns
    const state = recordState(seed, n)
    const chance = draw(state, 1)
    const scan = chance < scans.share * DRAW_LIMIT ? this.#scans.during(inOrder) : -1
    // The two shares are apart from each other: each is of all records.
    const mayBeDenial = scan < 0 && DRAW_LIMIT - chance <= denials.share * DRAW_LIMIT
    const denial = mayBeDenial ? this.#denials.during(inOrder) : -1
    const service = drawRank(services, draw(state, 2))
    const { port: ofPort, protocol: ofProtocol, sends, receives } = SERVICES[service] as Service
    const denied = scan >= 0 ? DENIED_IN_SCAN : denial >= 0 ? DENIED_IN_DENIAL : DENIED_USUALLY
    const isDenied = draw(state, 3) < denied * DRAW_LIMIT
    const size = draw(state, 4)
    putText(source, row, addresses, this.#sourceOf(scan, denial, draw(state, 5)))
    // A scan is of one machine.
    const toward = scan >= 0 ? scan % DESTINATIONS : drawRank(targetRanks, draw(state, 6))
    putText(target, row, addresses, sources + toward)
    port.values[row] = scan >= 0 ? 1 + below(draw(state, 7), SCANNED_PORTS) : ofPort
    putText(protocol, row, PROTOCOLS, scan >= 0 ? 0 : ofProtocol)
    sent.values[row] = isDenied || scan >= 0 ? 40 + (size & 31) : skewed(sends, size)
    received.values[row] = isDenied ? 0 : scan >= 0 ? 40 : skewed(receives, Math.imul(size, 0x9e3779b1))
    putText(action, row, ACTIONS, isDenied ? (((size >>> 8) & 7) === 0 ? DROP : DENY) : ALLOW)
  }

  #sourceOf(scan: number, denial: number, random: number): number {
    const { scanners, denied, sourceRanks } = this.#pools
    if (scan >= 0) return scanners + (scan % SCANNERS.length)
    return denial >= 0 ? denied + (denial % DENIED.length) : drawRank(sourceRanks, random)
  }

  /** Makes the value of a bad record wrong that `ipFlawedField` names. */
  #spoil(row: number, code: number, n: number): void {
    const { times, source, port, action } = this.#columns
    const { addresses, none } = this.#pools
    const field = ipFlawedField(code, n)
    if (code === FLAW_CODES.missing) putNull(field === 'source_ip' ? source : action, row)
    if (code === FLAW_CODES.range) port.values[row] = 65_536 + (n % 30_000)
    if (code !== FLAW_CODES.form) return
    if (field === 'timestamp') times.putNone(row)
    else putText(source, row, addresses, none + (Math.floor(n / 2) % NO_ADDRESSES.length))
  }
}

/** The column that is wrong in bad record `n`; undefined where all of the record is. */
export function ipFlawedField(code: number, n: number): string | undefined {
  const isEven = n % 2 === 0
  if (code === FLAW_CODES.missing) return isEven ? 'source_ip' : 'action'
  if (code === FLAW_CODES.form) return isEven ? 'timestamp' : 'source_ip'
  if (code === FLAW_CODES.encoding) return FLAWED_MEMBERS.text
  return code === FLAW_CODES.cut ? undefined : FLAWED_MEMBERS.number
}

/** Addresses by rank: sources, destinations, and from these indexes on, scanners, denied ones and texts that are none. */
function poolsOf({ seed, sources }: IpLogDials) {
  const made = madeAddresses(seed, sources + DESTINATIONS)
  const scanners = made.length
  const denied = scanners + SCANNERS.length
  return {
    addresses: textPool([...made, ...SCANNERS, ...DENIED, ...NO_ADDRESSES]),
    scanners,
    denied,
    none: denied + DENIED.length,
    sourceRanks: zipfTable(sources, RANK_SHIFT),
    targetRanks: zipfTable(DESTINATIONS, RANK_SHIFT),
    services: weightedTable(SERVICES.map(({ weight }) => weight)),
  }
}

type Pools = ReturnType<typeof poolsOf>

function columnsOf({ addresses }: Pools, capacity: number) {
  const bigint = (): BigintColumn => ({
    kind: 'bigint',
    values: new Float64Array(capacity),
    exact: undefined,
    nulls: undefined,
  })
  const port: IntColumn = { kind: 'int', values: new Int32Array(capacity), nulls: undefined }
  return {
    times: new TimeTexts(capacity),
    source: poolColumn(addresses, capacity),
    target: poolColumn(addresses, capacity),
    port,
    protocol: poolColumn(PROTOCOLS, capacity),
    sent: bigint(),
    received: bigint(),
    action: poolColumn(ACTIONS, capacity),
  }
}

type Columns = ReturnType<typeof columnsOf>

const named = (what: string, from: readonly string[], { k, from: begin, to }: Incident): MadeIncident => ({
  what,
  whom: from[k % from.length] as string,
  from: begin,
  to,
})

/** At least this, mostly little more, and now and then up to 256 times as much. */
function skewed(least: number, random: number): number {
  const [a, b] = [random & 0xff, (random >>> 8) & 0xff]
  return least + Math.floor((least * a * b * ((random >>> 16) & 0xff)) / 65_536)
}
