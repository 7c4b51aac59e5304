/** Numbers and times as elements: the exact value is in the title, where the text is short. */
import type { VNode } from 'preact'
import { formatBytes, formatCount, formatRate, formatShort, formatTime } from './format.ts'

type Value = { readonly value: number | null | undefined }

export const Count = ({ value }: Value): VNode => (
  <span class="num" title={formatCount(value)}>
    {formatShort(value)}
  </span>
)

export const Rate = ({ value }: Value): VNode => <span class="num">{formatRate(value)}</span>

export const Bytes = ({ value }: Value): VNode => (
  <span class="num" title={value === null || value === undefined ? undefined : `${formatCount(value)} bytes`}>
    {formatBytes(value)}
  </span>
)

type TimeProps = { readonly value: string | number | null | undefined; readonly withDay?: boolean }

export function Time({ value, withDay = false }: TimeProps): VNode {
  if (value === null || value === undefined) return <span class="num">{formatTime(value)}</span>
  const iso = typeof value === 'number' ? new Date(value).toISOString() : value
  return (
    <time class="num" dateTime={iso} title={iso}>
      {formatTime(value, { withDay })}
    </time>
  )
}
