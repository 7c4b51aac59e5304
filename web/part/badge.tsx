/** A state as a word with a mark. The mark has a shape of its own, so that no state is told by its colour alone. */
import type { ComponentChildren, VNode } from 'preact'

/** `good` a filled circle, `busy` a half circle, `warn` a triangle, `bad` a square with a bar, `off` an empty circle. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off'

type Props = { readonly tone: Tone; readonly children: ComponentChildren; readonly title?: string | undefined }

export function Badge({ tone, children, title }: Props): VNode {
  return (
    <span class={`badge is-${tone}`} title={title}>
      <Mark tone={tone} />
      {children}
    </span>
  )
}

/** The mark alone, where the word stands elsewhere. */
export function Mark({ tone }: { readonly tone: Tone }): VNode {
  return (
    <svg class={`mark is-${tone}`} viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  )
}

const SHAPES: Record<Tone, VNode> = {
  good: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  busy: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" fill="currentColor" />
    </>
  ),
  warn: <path d="M6 0.8 11.6 11H0.4z" fill="currentColor" />,
  bad: (
    <>
      <rect x="0.5" y="0.5" width="11" height="11" rx="1.5" fill="currentColor" />
      <path d="M3.5 3.5l5 5m0-5l-5 5" stroke="var(--surface)" stroke-width="1.6" />
    </>
  ),
  off: <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />,
}
