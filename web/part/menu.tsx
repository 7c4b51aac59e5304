/** A button that opens a list of things to do. Arrow keys move in it, Escape and a click elsewhere close it. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

export type MenuItem = { readonly title: string; onChoose(): void; readonly isOff?: boolean }

type Props = { readonly label: ComponentChildren; readonly items: readonly MenuItem[]; readonly isOff?: boolean }

export function Menu({ label, items, isOff = false }: Props): VNode {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const id = useId()
  useEffect(() => {
    if (!isOpen) return
    itemsOf(root.current)[0]?.focus()
    const elsewhere = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    addEventListener('pointerdown', elsewhere)
    addEventListener('focusin', elsewhere)
    return () => {
      removeEventListener('pointerdown', elsewhere)
      removeEventListener('focusin', elsewhere)
    }
  }, [isOpen])
  const close = (): void => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  return (
    <div ref={root} class="menu">
      <button
        type="button"
        class="button"
        disabled={isOff}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
        <span class="menu-arrow" aria-hidden="true">
          ▾
        </span>
      </button>
      {isOpen ? (
        <div
          id={id}
          class="menu-list"
          role="menu"
          tabIndex={-1}
          onKeyDown={(event) => onKey(event, root.current, close)}
        >
          {items.map(({ title, onChoose, isOff: isItemOff = false }, index) => (
            <button
              // Two may have the same title.
              key={`${index} ${title}`}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={isItemOff}
              onClick={() => {
                close()
                onChoose()
              }}
            >
              {title}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  )
}

const itemsOf = (root: HTMLElement | null): readonly HTMLElement[] =>
  root === null ? [] : [...root.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')]

function onKey(event: KeyboardEvent, root: HTMLElement | null, close: () => void): void {
  const items = itemsOf(root)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }
  const step = steps[event.key]
  if (event.key === 'Escape') close()
  else if (step !== undefined) items[(step + items.length) % items.length]?.focus()
  else return
  event.preventDefault()
}
