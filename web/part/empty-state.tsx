/** Stands where there is nothing to show yet, and says why, or what would bring something. */
import type { ComponentChildren, VNode } from 'preact'

type Props = { readonly title: string; readonly children?: ComponentChildren }

export function EmptyState({ title, children }: Props): VNode {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="empty-text">{children}</div>}
    </div>
  )
}
