/** A text in a cell of a table: one that is long is cut, and shown in full where the mouse rests on it. */
import type { VNode } from 'preact'
import { escapeHidden } from './escape-hidden.ts'

/** Characters that a cell may have without a limit to its width. */
const SHORT = 60
/** More are neither laid out nor in the title: a row may have megabytes. */
const MOST = 4000

export function CutText({ text }: { readonly text: string }): VNode {
  const isCut = text.length > MOST
  const shown = escapeHidden(isCut ? `${text.slice(0, MOST)}…` : text)
  if (shown.length <= SHORT) return <>{shown}</>
  return (
    <span class="cut-text" title={shown}>
      {shown}
    </span>
  )
}
