/** Tabs: arrow keys move between them, as the pattern of ARIA has it; only the chosen one is in the order of Tab. */
import type { ComponentChildren, VNode } from 'preact'
import { useId, useRef } from 'preact/hooks'

export type Tab = { readonly name: string; readonly title: string; readonly mark?: ComponentChildren }

type Props = {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly chosen: string
  onChoose(name: string): void
  /** What the chosen tab shows. */
  readonly children: ComponentChildren
}

export function Tabs({ label, tabs, chosen, onChoose, children }: Props): VNode {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ name }) => name === chosen)
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }
    const step = steps[event.key]
    const next = step === undefined ? undefined : tabs[(step + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    onChoose(next.name)
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.name)}"]`)?.focus()
  }
  return (
    <div class="tabs">
      <div ref={list} class="tabs-list" role="tablist" aria-label={label}>
        {tabs.map(({ name, title, mark }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-tab={name}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
            onKeyDown={move}
          >
            {title}
            {mark}
          </button>
        ))}
      </div>
      <div class="tabs-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </div>
  )
}
