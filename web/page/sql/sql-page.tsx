/** The console: a statement is written, with its mistakes shown while one types, and run over history or live. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CheckedStatement, SqlTable, StatementMode } from '../../../src/server/api/sql.ts'
import { useStore } from '../../api/store.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { Menu } from '../../part/menu.tsx'
import { Page, Panel } from '../../part/page.tsx'
import { Editor } from './editor.tsx'
import { examplesFor } from './examples.ts'
import { ExplainDialog } from './explain-dialog.tsx'
import { KeepDialog } from './keep-dialog.tsx'
import { type KeptStatement, keepDraft, readDraft, readStatements, rememberStatement } from './kept-statements.ts'
import { Problems } from './problems.tsx'
import { Results } from './results.tsx'
import { type Asked, outcome, runStatement, stopStatement } from './statement-run.ts'
import { TablesPanel } from './tables-panel.tsx'
import { useCheck } from './use-check.ts'

type Tables = { readonly timezone: string; readonly tables: readonly SqlTable[] }

const DRAFT_MS = 500
const START: Asked = { sql: '', mode: 'history', since: '', until: '', from: 'latest' }

export function SqlPage(): VNode {
  const { value: known } = useAnswer<Tables>('/api/v1/sql/tables')
  const [asked, setAsked] = useState<Asked>({ ...START, ...readDraft() })
  const [shown, setShown] = useState<'explain' | 'keep' | undefined>(undefined)
  const checked = useCheck(asked)
  const isRunning = useStore(outcome, (run) => run?.state === 'running')
  const change = (part: Partial<Asked>): void => setAsked((before) => ({ ...before, ...part }))
  useDraft(asked)
  // What nobody looks at does not go on.
  useEffect(() => stopStatement, [])
  const run = (): void => {
    if (asked.sql.trim() === '') return
    rememberStatement({ sql: asked.sql, mode: asked.mode })
    runStatement(asked)
  }
  return (
    <Page title="SQL" actions={<Statements tables={known?.tables ?? []} onChoose={change} />}>
      <div class="sql-page">
        <div class="sql-main">
          <Panel title="Statement" actions={<ModeChoice asked={asked} onChange={change} />}>
            <Editor
              sql={asked.sql}
              mode={asked.mode}
              checked={checked}
              onChange={(sql) => change({ sql })}
              onRun={run}
            />
            <Problems checked={checked} />
            <div class="sql-actions">
              {isRunning ? (
                <button type="button" class="button" onClick={stopStatement}>
                  Stop
                </button>
              ) : (
                <button type="button" class="button is-primary" onClick={run} disabled={asked.sql.trim() === ''}>
                  Run
                </button>
              )}
              <button type="button" class="button" onClick={() => setShown('explain')} disabled={!isRight(checked)}>
                Explain
              </button>
              <button type="button" class="button" onClick={() => setShown('keep')} disabled={!isRight(checked)}>
                Keep as a query…
              </button>
              <span class="muted sql-keys">
                <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs · <kbd>Ctrl</kbd> <kbd>Space</kbd> completes
              </span>
            </div>
          </Panel>
          <Results timezone={known?.timezone ?? 'UTC'} />
        </div>
        <TablesPanel
          tables={known?.tables ?? []}
          onPut={(text) => change({ sql: asked.sql === '' ? text : `${asked.sql.trimEnd()} ${text}` })}
        />
      </div>
      {shown === 'explain' ? <ExplainDialog {...asked} onClose={() => setShown(undefined)} /> : null}
      {shown === 'keep' ? <KeepDialog sql={asked.sql} onClose={() => setShown(undefined)} /> : null}
    </Page>
  )
}

/** Keeps what is written when a person pauses, and when the page is left. */
function useDraft({ sql, mode }: Asked): void {
  const keep = useRef(() => {})
  keep.current = () => keepDraft({ sql, mode })
  useEffect(() => {
    const timer = setTimeout(() => keep.current(), DRAFT_MS)
    return () => clearTimeout(timer)
  }, [sql, mode])
  useEffect(() => () => keep.current(), [])
}

const isRight = (checked: CheckedStatement | undefined): boolean => checked !== undefined && checked.result !== null

type Choosing = { readonly asked: Asked; onChange(part: Partial<Asked>): void }

function ModeChoice({ asked, onChange }: Choosing): VNode {
  const { mode, since, until, from } = asked
  return (
    <div class="sql-mode">
      <label>
        <span class="hidden-text">Run it over</span>
        <select value={mode} onChange={(event) => onChange({ mode: event.currentTarget.value as StatementMode })}>
          <option value="history">Over history</option>
          <option value="live">Live</option>
        </select>
      </label>
      {mode === 'live' ? (
        <label>
          <span class="hidden-text">Begin with</span>
          <select value={from} onChange={(event) => onChange({ from: event.currentTarget.value as Asked['from'] })}>
            <option value="latest">from now on</option>
            <option value="earliest">from the first record</option>
          </select>
        </label>
      ) : (
        <>
          <label>
            <span class="hidden-text">Event times since</span>
            <input
              class="sql-time"
              placeholder="since the first"
              value={since}
              onInput={(event) => onChange({ since: event.currentTarget.value })}
            />
          </label>
          <label>
            <span class="hidden-text">Event times until</span>
            <input
              class="sql-time"
              placeholder="until the last"
              value={until}
              onInput={(event) => onChange({ until: event.currentTarget.value })}
            />
          </label>
        </>
      )}
    </div>
  )
}

type Choices = { readonly tables: readonly SqlTable[]; onChoose(statement: KeptStatement): void }

function Statements({ tables, onChoose }: Choices): VNode {
  const examples = examplesFor(tables).map(({ title, sql, mode }) => ({
    title,
    onChoose: () => onChoose({ sql, mode }),
  }))
  const before = readStatements().map(({ sql, mode }) => ({
    title: `${mode === 'live' ? 'live: ' : ''}${sql.replaceAll(/\s+/g, ' ').slice(0, 70)}`,
    onChoose: () => onChoose({ sql, mode }),
  }))
  return (
    <>
      <Menu label="Examples" items={examples} isOff={examples.length === 0} />
      <Menu label="Before" items={before} isOff={before.length === 0} />
    </>
  )
}
