/**
 * A text area over its own text in colours. The browser does all of the editing: undo, words of other scripts, phones, readers of the
 * screen. What is drawn below it has the same letters at the same places, and shows mistakes where they are.
 */
import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CheckedStatement, SqlProblem, StatementMode } from '../../../src/server/api/sql.ts'
import { markedPieces, type TextMark } from '../../part/sql/highlight.ts'
import { Completion, type Place } from './completion.tsx'
import { PROBLEMS_ID } from './problems.tsx'
import { type Completing, useCompletions } from './use-completions.ts'

type Props = {
  readonly sql: string
  readonly mode: StatementMode
  readonly checked: CheckedStatement | undefined
  onChange(sql: string): void
  onRun(): void
}

const LIST_ID = 'sql-completions'

export function Editor({ sql, mode, checked, onChange, onRun }: Props): VNode {
  const area = useRef<HTMLTextAreaElement>(null)
  const caret = useRef<HTMLSpanElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const completing = useCompletions(mode)
  const { found, chosen, ask, close } = completing
  const [place, setPlace] = useState<Place>({ left: 0, top: 0 })
  /** Where the caret goes once the text is drawn. */
  const next = useRef<number | undefined>(undefined)
  useLayoutEffect(() => {
    if (next.current === undefined || area.current === null) return
    area.current.setSelectionRange(next.current, next.current)
    next.current = undefined
  })
  useLayoutEffect(() => {
    const [at, around] = [caret.current?.getBoundingClientRect(), frame.current?.getBoundingClientRect()]
    if (at !== undefined && around !== undefined) setPlace({ left: at.left - around.left, top: at.bottom - around.top })
  }, [found])
  const accept = (index: number): void => {
    const item = found?.items[index]
    if (found === undefined || item === undefined) return
    next.current = found.start + item.text.length
    close()
    onChange(sql.slice(0, found.start) + item.text + sql.slice(found.end))
    area.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const isTaken = keyPressed(event, {
      completing,
      onRun,
      accept,
      ask: () => ask(sql, area.current?.selectionStart ?? 0, true),
    })
    if (isTaken) event.preventDefault()
  }
  return (
    <div class="sql-editor" ref={frame}>
      <pre class="sql-paint" aria-hidden="true">
        <Painted sql={sql} marks={marksOf(sql, checked)} caretAt={found?.start} caret={caret} />
      </pre>
      <textarea
        ref={area}
        class="sql-text"
        aria-label="Statement"
        aria-describedby={PROBLEMS_ID}
        aria-invalid={(checked?.problems.length ?? 0) > 0}
        aria-autocomplete="list"
        aria-controls={found === undefined ? undefined : LIST_ID}
        aria-activedescendant={found === undefined ? undefined : `${LIST_ID}-${chosen}`}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        placeholder="SELECT …"
        rows={6}
        value={sql}
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget
          onChange(value)
          ask(value, selectionStart, false)
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
        onPointerDown={close}
      />
      {found === undefined ? null : (
        <Completion id={LIST_ID} items={found.items} chosen={chosen} place={place} onAccept={accept} />
      )}
    </div>
  )
}

type Keys = {
  readonly completing: Completing
  onRun(): void
  accept(index: number): void
  ask(): void
}

/** Whether the key means something here. Tab leaves the text unless there is something to take: nobody is kept in it. */
function keyPressed(event: KeyboardEvent, { completing, onRun, accept, ask }: Keys): boolean {
  const { found, chosen, close, move } = completing
  if (event.isComposing) return false
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    close()
    onRun()
  } else if (event.key === ' ' && event.ctrlKey) ask()
  else if (found === undefined) return false
  else if (event.key === 'ArrowDown') move(1)
  else if (event.key === 'ArrowUp') move(-1)
  else if (event.key === 'Enter' || event.key === 'Tab') accept(chosen)
  else if (event.key === 'Escape') close()
  else return false
  return true
}

type Painting = {
  readonly sql: string
  readonly marks: readonly TextMark[]
  /** A mark stands here whose place says where the list goes. */
  readonly caretAt: number | undefined
  readonly caret: { current: HTMLSpanElement | null }
}

function Painted({ sql, marks, caretAt, caret }: Painting): VNode {
  const border = caretAt === undefined ? [] : [{ start: caretAt, end: caretAt, className: '' }]
  return (
    <>
      {markedPieces(sql, [...marks, ...border]).map(({ start, end, kind, marks: within }) => (
        <span key={start} class={`sql-${kind} ${within.join(' ')}`}>
          {start === caretAt ? <span ref={caret} /> : null}
          {sql.slice(start, end)}
        </span>
      ))}
      {caretAt === sql.length ? <span ref={caret} /> : null}
      {/* An empty last line has a height. */}
      {'\n'}
    </>
  )
}

const marksOf = (sql: string, checked: CheckedStatement | undefined): readonly TextMark[] => [
  ...(checked?.problems ?? []).flatMap((problem) => markOf(sql, problem, 'is-wrong')),
  ...(checked?.warnings ?? []).flatMap((problem) => markOf(sql, problem, 'is-doubtful')),
]

function markOf(sql: string, { line, column, length }: SqlProblem, className: string): readonly TextMark[] {
  if (line === null || column === null) return []
  const before = sql
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, text) => sum + text.length + 1, 0)
  const start = Math.min(before + column - 1, Math.max(0, sql.length - 1))
  return [{ start, end: start + Math.max(1, length ?? 1), className }]
}
