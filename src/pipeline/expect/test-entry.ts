/** A test as it is written in a pipeline (`TestEntry`), and as it is read (`PlainTest`). */
import type { Duration } from '../../base/quantity.ts'

/** A test of the pipeline: what comes in and when, and what is expected to come out. */
export type TestEntry<Time> = {
  /** Values of parameters, as with `--set`. */
  readonly set?: { readonly [name: string]: string | number | boolean }
  /** Values of `${VAR}`: the environment itself is not read. */
  readonly env?: { readonly [name: string]: string }
  /** What the clock says at the beginning; `2026-01-01T00:00:00Z` by default. */
  readonly now?: string
  readonly steps?: readonly TestStep<Time>[]
  /** Whether the input ends after the steps, which closes all windows; true by default. */
  readonly end?: boolean
  readonly expect?: TestExpectations
}

/** A test once read. */
export type PlainTest = Required<Omit<TestEntry<Duration>, 'steps' | 'expect'>> & {
  readonly steps: readonly (Omit<TestStep<Duration>, 'send'> & {
    readonly send?: { readonly [topic: string]: SentLines }
  })[]
  readonly expect: {
    readonly late?: { readonly [query: string]: number }
    readonly dead?: { readonly [topic: string]: number | PlainRows }
    readonly alerts?: { readonly [alert: string]: PlainRows }
    readonly [name: string]: unknown
  }
}

/** In this order, where a step has several: the clock goes on to a time, or for one; lines come; a report is run. */
export type TestStep<Time> = {
  readonly at?: string | undefined
  readonly wait?: Time | undefined
  readonly send?: { readonly [topic: string]: string | readonly TestLine[] | SentLines } | undefined
  readonly report?: string | undefined
}

/** A line, or what a line of JSON says. */
export type TestLine = string | { readonly [key: string]: unknown }

export type SentLines = {
  readonly lines?: string | readonly TestLine[] | undefined
  /** One record, also where it has several lines. */
  readonly record?: string | undefined
  /** A file with lines; `whole`: it is one record. */
  readonly file?: string | undefined
  readonly whole?: boolean | undefined
  readonly partition?: number | undefined
  readonly key?: string | undefined
  /** What METADATA FROM 'file.path' says. */
  readonly path?: string | undefined
}

/** A table with a header or lines of JSON, or a list of rows. Nothing, or an empty list: no rows. */
export type RowsText = string | readonly { readonly [column: string]: unknown }[] | null

export type PlainRows = { readonly rows: RowsText; readonly unordered: boolean }

type WrittenRows = RowsText | { readonly rows: RowsText; readonly unordered?: boolean }

/** Rows by the name of a query, report, topic or alert; beside them, what was not used, and what alerts have said. */
export type TestExpectations = {
  readonly late?: { readonly [query: string]: number }
  readonly dead?: { readonly [topic: string]: number | WrittenRows }
  readonly alerts?: { readonly [alert: string]: WrittenRows }
  readonly [name: string]: WrittenRows | { readonly [name: string]: number | WrittenRows } | undefined
}
