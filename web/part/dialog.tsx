/** A dialog over the page: the browser's own, which keeps the focus inside, closes on Escape, and gives the focus back. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

type Props = {
  readonly title: string
  onClose(): void
  /** At its foot: buttons, the one that does it last. */
  readonly actions?: ComponentChildren
  /** `side`: at the right edge, for details of what the page still shows. */
  readonly place?: 'middle' | 'side'
  readonly children: ComponentChildren
}

/** Rendered while it is open. */
export function Dialog({ title, onClose, actions, place = 'middle', children }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement || before instanceof SVGElement) before.focus()
    }
  }, [])
  const onBackdrop = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose()
  }
  return (
    // The keyboard has Escape for it.
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <dialog
      ref={dialog}
      class={`dialog is-${place}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={onBackdrop}
    >
      <div class="dialog-inside">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        </div>
        {/* What scrolls has to be reached by the keyboard. */}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as above */}
        <div class="dialog-body" tabIndex={0}>
          {children}
        </div>
        {actions === undefined ? null : <div class="dialog-foot">{actions}</div>}
      </div>
    </dialog>
  )
}
