/** The list below the caret of what can be written there. The text keeps the focus: its keys move in the list. */
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Completion as Item } from '../../../src/server/api/sql.ts'

/** Of the word that is completed, within the frame of the text; `bottom` in pixels from the frame's lower edge. */
export type Place = { readonly left: number; readonly top: number } | { readonly left: number; readonly bottom: number }

type Props = {
  readonly id: string
  readonly items: readonly Item[]
  readonly chosen: number
  readonly place: Place
  onAccept(index: number): void
}

export function Completion({ id, items, chosen, place, onAccept }: Props): VNode {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const about = items[chosen]
  return (
    <div
      class="sql-completion"
      style={{
        '--left': `${place.left}px`,
        ...('top' in place ? { top: `${place.top}px` } : { bottom: `${place.bottom}px` }),
      }}
    >
      <div ref={list} id={id} class="sql-completion-list" role="listbox" aria-label="Completions">
        {items.map(({ kind, label, detail }, index) => (
          // The keyboard takes it by Enter in the text.
          // biome-ignore lint/a11y/useKeyWithClickEvents: as above
          <div
            key={`${kind} ${label}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            // The text keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onAccept(index)}
          >
            <span class={`sql-kind is-${kind}`}>{kind}</span>
            <span class="sql-label">{label}</span>
            <span class="sql-detail">{kind === 'column' ? detail : ''}</span>
          </div>
        ))}
      </div>
      {about === undefined || (about.kind === 'column' && about.about === '') ? null : (
        <div class="sql-about">
          {about.detail === '' ? null : <code>{about.detail}</code>}
          {about.about === '' ? null : <p>{about.about}</p>}
        </div>
      )}
    </div>
  )
}
