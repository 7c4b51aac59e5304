/** A value of a row as a table shows it: as SQL gives it, with all of its digits, and times without what is zero. */
import type { VNode } from 'preact'
import { isTimeType, textOf } from '../chart/columns.ts'
import { escapeHidden } from '../part/escape-hidden.ts'

type Props = {
  readonly value: unknown
  /** Of its column. */
  readonly type: string
}

export function Value({ value, type }: Props): VNode | string {
  if (value === null || value === undefined) return <span class="null">NULL</span>
  const text = escapeHidden(valueText(value, type))
  return isTimeType(type) ? <span class="num">{text}</span> : text
}

/** A longer value opens by itself: an array of a document would make each row as high as the screen. */
const LONG = 200
const SHOWN_OF_LONG = 80

/** A value of which only the beginning is shown, where it is long, until a person opens it. */
export function FoldedValue({ value, type }: Props): VNode {
  const text = valueText(value, type)
  if (text.length <= LONG) return <Value value={value} type={type} />
  return (
    <details class="value-long">
      <summary>{escapeHidden(text.slice(0, SHOWN_OF_LONG))}…</summary>
      <pre>{escapeHidden(text, true)}</pre>
    </details>
  )
}

/** A value as it is, also where it is empty: to be compared, or named beside its column. */
export const plainText = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : typeof value === 'string' ? value : JSON.stringify(value)

/** `1995-08-01T06:00:00.000` is shown as `1995-08-01 06:00:00`. */
export function valueText(value: unknown, type: string): string {
  const text = textOf(value)
  return isTimeType(type) ? text.replace(/(?<=\d)T(?=\d)/, ' ').replace(/\.0+(?=Z?$)/, '') : text
}
