/** The mistakes in a statement and the warnings about it, each with its place; or which columns its rows have. */
import type { VNode } from 'preact'
import type { CheckedStatement, SqlProblem } from '../../../src/server/api/sql.ts'
import { Mark } from '../../part/badge.tsx'

export const PROBLEMS_ID = 'sql-problems'

export function Problems({ checked }: { readonly checked: CheckedStatement | undefined }): VNode {
  return (
    <div class="sql-problems" id={PROBLEMS_ID} aria-live="polite">
      {checked === undefined ? null : (
        <>
          <ul>
            {checked.problems.map((problem) => (
              <Problem key={keyOf(problem)} problem={problem} tone="bad" />
            ))}
            {checked.warnings.map((problem) => (
              <Problem key={keyOf(problem)} problem={problem} tone="warn" />
            ))}
          </ul>
          {checked.result === null ? null : (
            <p class="muted sql-columns">
              {checked.result.columns.map(({ name, type }) => `${name} ${type}`).join(', ')}
            </p>
          )}
        </>
      )}
    </div>
  )
}

const keyOf = ({ message, line, column }: SqlProblem): string => `${line} ${column} ${message}`

function Problem({ problem, tone }: { readonly problem: SqlProblem; readonly tone: 'bad' | 'warn' }): VNode {
  const { message, hint, line, column } = problem
  const place = line === null ? '' : `${line}:${column} `
  return (
    <li class={`sql-problem is-${tone}`}>
      <Mark tone={tone} />
      <span>
        <span class="hidden-text">{tone === 'bad' ? 'mistake: ' : 'warning: '}</span>
        <span class="sql-place">{place}</span>
        <span class="sql-problem-text">{message}</span>
        {hint === null ? null : <span class="sql-hint">{hint}</span>}
      </span>
    </li>
  )
}
