/** What payments are made of: names of customers and merchants, countries and methods. Built in, or from a file of the user's. */
import { CUSTOMER_NAMES, MERCHANT_NAMES } from './names.ts'

export type PaymentPools = {
  readonly customers: readonly string[]
  readonly merchants: readonly string[]
  readonly countries: readonly PoolCountry[]
  readonly methods: readonly PoolMethod[]
  /** Codes of errors other than outages. */
  readonly errors: readonly string[]
}

/** `weight`: how often, beside the others. */
export type PoolCountry = { readonly code: string; readonly currency: string; readonly weight: number }

/** `fails`: the share of its payments that fail, from 0 to 1. `card`: whether the payment has the number of a card. */
export type PoolMethod = {
  readonly name: string
  readonly weight: number
  readonly fails: number
  readonly card: boolean
}

/** The pools where the file gives none. */
export const BUILT_IN_POOLS: PaymentPools = {
  customers: CUSTOMER_NAMES,
  merchants: MERCHANT_NAMES,
  countries: [
    { code: 'US', currency: 'USD', weight: 30 },
    { code: 'DE', currency: 'EUR', weight: 14 },
    { code: 'GB', currency: 'GBP', weight: 12 },
    { code: 'FR', currency: 'EUR', weight: 10 },
    { code: 'IN', currency: 'INR', weight: 9 },
    { code: 'BR', currency: 'BRL', weight: 7 },
    { code: 'ES', currency: 'EUR', weight: 6 },
    { code: 'JP', currency: 'JPY', weight: 5 },
    { code: 'PL', currency: 'PLN', weight: 4 },
    { code: 'SE', currency: 'SEK', weight: 3 },
  ],
  methods: [
    { name: 'credit_card', weight: 46, fails: 0.03, card: true },
    { name: 'debit_card', weight: 24, fails: 0.02, card: true },
    { name: 'wallet', weight: 16, fails: 0.01, card: false },
    { name: 'bank_transfer', weight: 10, fails: 0.015, card: false },
    { name: 'invoice', weight: 4, fails: 0.05, card: false },
  ],
  errors: ['insufficient_funds', 'card_expired', 'do_not_honor', 'invalid_cvc', 'suspected_fraud', 'timeout'],
}
