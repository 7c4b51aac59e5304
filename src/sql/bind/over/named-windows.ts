/** Named windows: WINDOW w AS (…) behind WHERE, and OVER w. */
import type { SyntaxOf } from '../../syntax/ast.ts'
import { hintOf, quote } from '../name.ts'
import { refuse, type SelectSyntax, type Statement } from '../statement.ts'

type Call = SyntaxOf<'call'>

/** Calls with their named window written out; each call has one such form. */
export function withNamedWindows(windows: SelectSyntax['windows'], statement: Statement): (call: Call) => Call {
  const spelled = new Map<Call, Call>()
  for (const [index, { name }] of windows.entries()) {
    if (windows.findIndex((window) => window.name.name === name.name) === index) continue
    refuse(statement, name.range, `the window ${quote(name.name)} is there twice`, 'give one of them another name')
  }
  return (call) => {
    const { over } = call
    const name = over?.window
    if (over === undefined || name === undefined) return call
    const known = spelled.get(call)
    if (known !== undefined) return known
    const named = windows.find((window) => window.name.name === name.name)
    if (named === undefined) {
      const names = windows.map((window) => window.name.name)
      const hint =
        hintOf(name.name, names, 'windows') ??
        `write WINDOW ${quote(name.name)} AS (PARTITION BY … ORDER BY …) behind FROM and WHERE`
      return refuse(statement, name.range, `there is no window ${quote(name.name)}`, hint)
    }
    const whole = { ...call, over: { ...named.over, range: over.range } }
    spelled.set(call, whole)
    return whole
  }
}
