/**
 * Makes payments, and refunds of earlier ones. Now and then a method or a country has an outage, in which most of its payments
 * fail; in a burst, what comes besides the usual is all from one country.
 *
 * Record n follows from the seed, the pools and n alone.
 */
import { type Batch, batchOfRows, type Column, type StringColumn } from '../../../record/column.ts'
import { decimal, type Field, STRING, TIMESTAMP_LTZ } from '../../../record/type.ts'
import type { Bursts } from '../dials/event-clock.ts'
import { FLAW_CODES, type FlawedMembers } from '../dials/flaw.ts'
import { Incidents, type Recurrence } from '../dials/incidents.ts'
import type { RecordPlan } from '../dials/plan.ts'
import { below, DRAW_LIMIT, draw, recordState } from '../mix.ts'
import type { MadeIncident, MadeRows } from '../rows/made-rows.ts'
import { NumberTexts } from '../rows/number-texts.ts'
import { poolColumn, putNull, putText, type TextPool, textPool } from '../rows/text-pool.ts'
import { drawRank, type RankTable, weightedTable, zipfTable } from '../zipf.ts'
import type { PaymentPools, PoolMethod } from './pools.ts'

/** `share`: how many of the payments that an outage is about fail, from 0 to 1. */
export type Outages = Recurrence & { readonly share: number }

export type PaymentDials = {
  readonly seed: number
  /** Different customers. */
  readonly customers: number
  /** Microseconds since 1970. */
  readonly start: number
  readonly outages: Outages
  readonly bursts: Bursts
  readonly pools: PaymentPools
}

/** The columns of the records. */
export const PAYMENT_FIELDS: readonly Field[] = [
  { name: 'event_id', type: STRING },
  { name: 'event_type', type: STRING },
  { name: 'payment_id', type: STRING },
  { name: 'event_time', type: TIMESTAMP_LTZ },
  { name: 'amount', type: decimal(12, 2) },
  { name: 'currency', type: STRING },
  { name: 'payment_method', type: STRING },
  { name: 'country', type: STRING },
  { name: 'customer_id', type: STRING },
  { name: 'customer', type: STRING },
  { name: 'merchant', type: STRING },
  { name: 'card', type: STRING },
  { name: 'status', type: STRING },
  { name: 'error_code', type: STRING },
]
const [PAYMENT, REFUND] = [0, 1]
const [SUCCESS, FAILED] = [0, 1]
const EVENT_TYPES = textPool(['payment', 'refund'])
const STATUSES = textPool(['success', 'failed'])
const OUTAGE_ERROR = 'service_unavailable'
const REFUND_ERROR = 'refund_declined'
const REFUNDED = 0.04
const REFUNDS_FAIL = 0.02
/** A refund is of one of the records before it, at most this far back. */
const REFUNDED_WITHIN = 2000
const REFUND_TRIES = 8
const CARDS = 10_000
/** No currency and no country. */
const MALFORMED = ['euro', 'Germany']
const FLAWED_MEMBERS: FlawedMembers = { number: 'amount', text: 'currency' }
const CENTS_AT_LEAST = 199

/** What a payment is, as indexes into the pools. */
type Payment = {
  customer: number
  merchant: number
  country: number
  method: number
  cents: number
  status: number
  error: number
}

/** Makes batches of at most `capacity` rows. */
export class Payments implements MadeRows {
  readonly fields: readonly Field[] = PAYMENT_FIELDS
  readonly flawedMembers: FlawedMembers = FLAWED_MEMBERS
  readonly #dials: PaymentDials
  readonly #outages: Incidents
  readonly #texts: Texts
  readonly #ranks: Ranks
  readonly #columns: Columns
  readonly #payment: Payment = { customer: 0, merchant: 0, country: 0, method: 0, cents: 0, status: 0, error: 0 }

  constructor(dials: PaymentDials, capacity: number) {
    this.#dials = dials
    this.#outages = new Incidents(dials.seed ^ 0x0074_a9e5, dials.outages)
    this.#texts = textsOf(dials.pools)
    this.#ranks = ranksOf(dials)
    this.#columns = columnsOf(this.#texts, capacity)
  }

  rows(plan: RecordPlan): Batch {
    const columns = this.#columns
    for (let row = 0; row < plan.count; row++) {
      const n = plan.numbers[row] as number
      const of = this.#isRefund(n) ? this.#refunded(plan, n) : n
      this.#makePayment(plan, of)
      if (of !== n) this.#makeRefund(n)
      columns.eventId.put(row, n)
      columns.paymentId.put(row, of)
      columns.times[row] = Math.floor((this.#dials.start + (plan.micros[row] as number)) / 1000)
      putText(columns.type, row, EVENT_TYPES, of === n ? PAYMENT : REFUND)
      this.#put(row)
      const code = plan.flaws[row] as number
      if (code > 0) this.#spoil(row, code, n)
    }
    return batchOfRows(plan.count, columns.all)
  }

  incidents(before: number): readonly MadeIncident[] {
    const { countries, methods } = this.#dials.pools
    return this.#outages.before(before).map(({ k, from, to }) => {
      const { country, method } = this.#outageOf(k)
      const whom = country >= 0 ? countries[country]?.code : methods[method]?.name
      return { what: 'outage', whom: whom as string, from, to }
    })
  }

  whomOfBurst(k: number): string {
    return this.#dials.pools.countries[this.#countryOfBurst(k)]?.code as string
  }

  #isRefund(n: number): boolean {
    return draw(recordState(this.#dials.seed, n), 1) < REFUNDED * DRAW_LIMIT
  }

  /** The payment that refund `n` is of: an earlier one that came and succeeded. `n` itself where none is found: then it is a payment. */
  #refunded(plan: RecordPlan, n: number): number {
    let m = n - 1 - below(draw(recordState(this.#dials.seed, n), 2), REFUNDED_WITHIN)
    for (let tries = 0; tries < REFUND_TRIES && m >= 0; tries++, m--) {
      if (!plan.comes(m) || this.#isRefund(m)) continue
      this.#makePayment(plan, m)
      if (this.#payment.status === SUCCESS) return m
    }
    return n
  }

  #makeRefund(n: number): void {
    const fails = draw(recordState(this.#dials.seed, n), 3) < REFUNDS_FAIL * DRAW_LIMIT
    this.#payment.status = fails ? FAILED : SUCCESS
    this.#payment.error = this.#texts.errors.count - 1
  }

  /** Makes `#payment` that of number `n`. */
  #makePayment(plan: RecordPlan, n: number): void {
    const { seed, pools, bursts, customers, outages } = this.#dials
    const payment = this.#payment
    const state = recordState(seed, n)
    payment.customer = drawRank(this.#ranks.customers, draw(state, 4)) % customers
    payment.merchant = drawRank(this.#ranks.merchants, draw(state, 5))
    payment.method = drawRank(this.#ranks.methods, draw(state, 6))
    const burst = plan.burstOf(n)
    const isExtra = burst >= 0 && draw(state, 7) * bursts.factor >= DRAW_LIMIT
    payment.country = isExtra ? this.#countryOfBurst(burst) : drawRank(this.#ranks.countries, draw(state, 8))
    payment.cents = centsOf(payment.merchant, draw(state, 9))
    const outage = this.#outages.during(plan.timeOf(n))
    const chance = draw(state, 10)
    const isOut = outage >= 0 && this.#isAbout(outage) && chance < outages.share * DRAW_LIMIT
    const fails = (pools.methods[payment.method] as PoolMethod).fails
    payment.status = isOut || draw(state, 11) < fails * DRAW_LIMIT ? FAILED : SUCCESS
    payment.error = isOut ? pools.errors.length : below(draw(state, 12), pools.errors.length)
  }

  #isAbout(outage: number): boolean {
    const { country, method } = this.#outageOf(outage)
    return country >= 0 ? country === this.#payment.country : method === this.#payment.method
  }

  /** Every other outage is that of a method, the others of a country; -1 for what it is not. */
  #outageOf(k: number): { readonly country: number; readonly method: number } {
    const { countries, methods } = this.#dials.pools
    const half = Math.floor(k / 2)
    return k % 2 === 0
      ? { country: -1, method: half % methods.length }
      : { country: half % countries.length, method: -1 }
  }

  #countryOfBurst(k: number): number {
    return below(draw(recordState(this.#dials.seed ^ 0xb125, k), 1), this.#dials.pools.countries.length)
  }

  #put(row: number): void {
    const { customer, merchant, country, method, cents, status, error } = this.#payment
    const { pools } = this.#dials
    const { customers, merchants, countries, currencies, methods, cards, errors } = this.#texts
    const columns = this.#columns
    columns.amounts[row] = BigInt(cents)
    putText(columns.currency, row, currencies, country)
    putText(columns.method, row, methods, method)
    putText(columns.country, row, countries, country)
    columns.customerId.put(row, customer + 1)
    putText(columns.customer, row, customers, customer % customers.count)
    putText(columns.merchant, row, merchants, merchant)
    if (pools.methods[method]?.card === true) putText(columns.card, row, cards, (customer * 7919 + 4711) % CARDS)
    else putNull(columns.card, row)
    putText(columns.status, row, STATUSES, status)
    if (status === FAILED) putText(columns.error, row, errors, error)
    else putNull(columns.error, row)
  }

  /** Makes the value of a bad record wrong that `paymentFlawedField` names. */
  #spoil(row: number, code: number, n: number): void {
    const { amounts, currency, country, method } = this.#columns
    const { currencies, countries } = this.#texts
    const field = paymentFlawedField(code, n)
    if (code === FLAW_CODES.missing) putNull(field === 'currency' ? currency : method, row)
    if (code === FLAW_CODES.range) amounts[row] = -(amounts[row] as bigint)
    if (code !== FLAW_CODES.form) return
    if (field === 'currency') putText(currency, row, currencies, currencies.count - MALFORMED.length)
    else putText(country, row, countries, countries.count - 1)
  }
}

/** The column that is wrong in bad record `n`; undefined where all of the record is. */
export function paymentFlawedField(code: number, n: number): string | undefined {
  const isEven = n % 2 === 0
  if (code === FLAW_CODES.missing) return isEven ? 'payment_method' : 'currency'
  if (code === FLAW_CODES.form) return isEven ? 'currency' : 'country'
  if (code === FLAW_CODES.encoding) return FLAWED_MEMBERS.text
  return code === FLAW_CODES.cut ? undefined : FLAWED_MEMBERS.number
}

/** Each merchant has prices of its own; little is bought more often than much. Up to about 650 times the least. */
function centsOf(merchant: number, random: number): number {
  const dear = 1 + ((merchant * 37) % 10)
  return CENTS_AT_LEAST + Math.floor(((random & 0xff) * ((random >>> 8) & 0xff) * dear) / 5) + ((random >>> 16) % 100)
}

function textsOf({ customers, merchants, countries, methods, errors }: PaymentPools) {
  return {
    customers: textPool(customers),
    merchants: textPool(merchants),
    countries: textPool([...countries.map(({ code }) => code), ...MALFORMED]),
    currencies: textPool([...countries.map(({ currency }) => currency), ...MALFORMED]),
    methods: textPool(methods.map(({ name }) => name)),
    cards: textPool(Array.from({ length: CARDS }, (_, i) => `**** **** **** ${String(i).padStart(4, '0')}`)),
    errors: textPool([...errors, OUTAGE_ERROR, REFUND_ERROR]),
  }
}

type Texts = Readonly<Record<keyof ReturnType<typeof textsOf>, TextPool>>

function ranksOf({ customers, pools }: PaymentDials) {
  return {
    customers: zipfTable(customers, 20),
    merchants: zipfTable(pools.merchants.length, 2),
    countries: weightedTable(pools.countries.map(({ weight }) => weight)),
    methods: weightedTable(pools.methods.map(({ weight }) => weight)),
  }
}

type Ranks = Readonly<Record<keyof ReturnType<typeof ranksOf>, RankTable>>

function columnsOf(texts: Texts, capacity: number) {
  const eventId = new NumberTexts('evt_', capacity)
  const paymentId = new NumberTexts('pay_', capacity)
  const customerId = new NumberTexts('cus_', capacity)
  const times = new Float64Array(capacity)
  const amounts = new Array<bigint>(capacity).fill(0n)
  const texted = {
    type: poolColumn(EVENT_TYPES, capacity),
    currency: poolColumn(texts.currencies, capacity),
    method: poolColumn(texts.methods, capacity),
    country: poolColumn(texts.countries, capacity),
    customer: poolColumn(texts.customers, capacity),
    merchant: poolColumn(texts.merchants, capacity),
    card: poolColumn(texts.cards, capacity),
    status: poolColumn(STATUSES, capacity),
    error: poolColumn(texts.errors, capacity),
  } satisfies Record<string, StringColumn>
  const { type, currency, method, country, customer, merchant, card, status, error } = texted
  const all: readonly Column[] = [
    eventId.column,
    type,
    paymentId.column,
    { kind: 'double', values: times, nulls: undefined },
    { kind: 'decimal', values: amounts, nulls: undefined },
    currency,
    method,
    country,
    customerId.column,
    customer,
    merchant,
    card,
    status,
    error,
  ]
  return { ...texted, eventId, paymentId, customerId, times, amounts, all }
}

type Columns = ReturnType<typeof columnsOf>
