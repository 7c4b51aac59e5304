/** Buttons to the page before and the next one of something long, with where one is. */
import type { ComponentChildren, VNode } from 'preact'

type Props = {
  /** What is paged: "rows". */
  readonly label: string
  /** Where one is: "1–50 of 2,300". */
  readonly children: ComponentChildren
  /** Undefined where there is none. */
  readonly onBefore?: (() => void) | undefined
  readonly onNext?: (() => void) | undefined
  readonly beforeTitle?: string
  readonly nextTitle?: string
}

export function Pager({ label, children, onBefore, onNext, beforeTitle = 'Newer', nextTitle = 'Older' }: Props): VNode {
  return (
    <nav class="pager" aria-label={`Pages of ${label}`}>
      <button type="button" class="button" disabled={onBefore === undefined} onClick={() => onBefore?.()}>
        <span aria-hidden="true">← </span>
        {beforeTitle}
      </button>
      <span class="pager-place">{children}</span>
      <button type="button" class="button" disabled={onNext === undefined} onClick={() => onNext?.()}>
        {nextTitle}
        <span aria-hidden="true"> →</span>
      </button>
    </nav>
  )
}
