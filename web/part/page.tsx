/** The head of a page with its title, and panels below it. */
import type { ComponentChildren, VNode } from 'preact'
import { useId } from 'preact/hooks'

type PageFrameProps = {
  readonly title: string
  /** Above the title: where it belongs, with a link. */
  readonly above?: ComponentChildren
  /** Beside the title: a state, numbers. */
  readonly aside?: ComponentChildren
  /** At the right end: buttons. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Page({ title, above, aside, actions, children }: PageFrameProps): VNode {
  return (
    <div class="page">
      <div class="page-head">
        {above === undefined ? null : <div class="page-above">{above}</div>}
        <h1>{title}</h1>
        {aside === undefined ? null : <div class="page-aside">{aside}</div>}
        {actions === undefined ? null : <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

type PanelProps = {
  readonly title: string
  /** Beside the title. */
  readonly aside?: ComponentChildren
  readonly actions?: ComponentChildren
  /** Whether what is inside reaches the edges, as a table does. */
  readonly isFlush?: boolean
  readonly children: ComponentChildren
}

/** A part of a page with a heading. */
export function Panel({ title, aside, actions, isFlush = false, children }: PanelProps): VNode {
  const id = useId()
  return (
    <section class={isFlush ? 'panel is-flush' : 'panel'} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <div class="panel-aside">{aside}</div>}
        {actions === undefined ? null : <div class="panel-actions">{actions}</div>}
      </div>
      <div class="panel-body">{children}</div>
    </section>
  )
}
