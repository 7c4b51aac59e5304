/** A text in a cell, which may have any length: of a long one its beginning, and the rest on request. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { formatCount } from '../format.ts'

const MOST_LETTERS = 200
/** Where so little more is left out, it is shown. */
const SPARE = 40

export const isLong = (text: string): boolean => text.length > MOST_LETTERS + SPARE

/** The beginning of a long text, where there is no room for a button. No character is cut in halves. */
export const beginningOf = (text: string): string =>
  isLong(text) ? `${text.slice(0, MOST_LETTERS).replace(/[\uD800-\uDBFF]$/, '')}…` : text

export function LongText({ text }: { readonly text: string }): VNode {
  const [isWhole, setWhole] = useState(false)
  if (!isLong(text)) return <>{text}</>
  return (
    <span class="long-text">
      {isWhole ? text : beginningOf(text)}{' '}
      <button type="button" class="long-text-more" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
        {isWhole ? 'less' : `all ${formatCount(text.length)} characters`}
      </button>
    </span>
  )
}
