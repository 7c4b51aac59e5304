/** Records as plain data, for people and programs. Types alone: the dashboard reads them, too. */
import type { Offset } from '../../base/quantity.ts'

/** Bytes as text where they are UTF-8, else in base64, and cut where they are long. */
export type ShownBytes = {
  readonly text: string
  /** Of `text`. */
  readonly encoding: 'utf8' | 'base64'
  /** Which byte of the whole `text` begins with; the bytes of the whole. */
  readonly start: number
  readonly bytes: number
}

/** A row by the names of its columns: as the sink `ndjson` writes it, as plain data. */
export type ShownRow = { readonly [column: string]: unknown }

/** Why a record is no row; `byte` is where it stopped being one, null where it is not about a byte. */
export type NoRowReason = {
  readonly kind: 'format' | 'future' | 'rule' | 'unknown'
  readonly reason: string
  readonly byte: number | null
}

/** Exactly one of them, or neither where the value is NULL. */
export type Decoded = { readonly row: ShownRow | null; readonly noRow: NoRowReason | null }

/** A record: its bytes, and the row that it is. */
export type ShownRecord = {
  readonly partition: number
  readonly offset: Offset
  /** ISO 8601. */
  readonly timestamp: string
  /** `append`: when it arrived; `create`: as its producer says. */
  readonly timestampType: 'append' | 'create'
  readonly key: ShownBytes | null
  /** null: it deletes the row of the key. */
  readonly value: ShownBytes | null
  readonly headers: readonly { readonly name: string; readonly value: ShownBytes | null }[]
} & Decoded
