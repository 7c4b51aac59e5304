/** What a page of results is made of: plain data, which the page has inside, and from which its script draws. */

/** As the row's JSON has it; a number that a double cannot hold is its text. */
export type PageCell = string | number | boolean | null | readonly unknown[] | { readonly [name: string]: unknown }

export type PageColumn = {
  readonly name: string
  /** As SQL writes it. */
  readonly type: string
  readonly window?: 'start' | 'end' | 'time'
  /** Whether it is part of the rows' key; absent where they have none. */
  readonly isKey?: boolean
}

/** The rows of one query or report. */
export type PageResult = {
  readonly name: string
  /** What it is, if the page has several: `query`, `report`. */
  readonly kind?: string
  readonly sql: string
  readonly columns: readonly PageColumn[]
  readonly rows: readonly (readonly PageCell[])[]
  /** How many there are; more than `rows` where the page does not have all. */
  readonly total: number
  /** Which rows the page has, where it does not have all. */
  readonly kept: 'first' | 'last'
  /** In words, where something about the rows has to be known, such as that they may change. */
  readonly note?: string
}

export type PageAlert = {
  readonly name: string
  readonly severity: string
  readonly firing: number
  readonly pending: number
  readonly keys: readonly {
    readonly key: string
    readonly state: string
    readonly since: string
    readonly row: string
  }[]
}

/** Dead letters that have their reason in common. */
export type PageDead = {
  readonly topic: string
  readonly kind: string
  readonly reason: string
  readonly count: number
  readonly example: string | null
}

export type PageData = {
  readonly title: string
  /** When it was made, as ISO 8601. */
  readonly madeAt: string
  readonly version: string
  /** The command that made it. */
  readonly command: string
  /** The zone in which instants are shown. */
  readonly timezone: string
  /** What there is to know about all of it: `lines read`, `1,891,714`. */
  readonly facts: readonly (readonly [string, string])[]
  readonly results: readonly PageResult[]
  readonly alerts?: readonly PageAlert[]
  readonly dead?: readonly PageDead[]
}
