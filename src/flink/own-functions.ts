/** Functions that Flink does not have: those that tailrace adds, and those of the user's files. */
import type { UserFunctions } from '../sql/function/function.ts'
import { addressFunctions } from '../sql/function/network/address.ts'
import { agentFunctions } from '../sql/function/network/agent.ts'
import { redactionFunctions } from '../sql/function/network/redaction.ts'
import { webFunctions } from '../sql/function/network/web.ts'
import type { Identifier, QuerySyntax, TextRange } from '../sql/syntax/ast.ts'
import { syntaxNodes } from './syntax-nodes.ts'

const OWN: ReadonlySet<string> = new Set(
  [...addressFunctions, ...webFunctions, ...agentFunctions, ...redactionFunctions].map(({ name }) => name),
)

export type CalledFunction = { readonly name: string; readonly range: TextRange }

/** The functions that a statement calls, in order of their places. Names are in upper case. */
export function calledIn(query: QuerySyntax): readonly CalledFunction[] {
  const calls = syntaxNodes<{ readonly name: Identifier; readonly range: TextRange }>(query, 'call')
  return calls.map(({ name: { name, range } }) => ({ name: name.toUpperCase(), range }))
}

/** Whether Flink has no function of this name, which is in upper case. */
export const isForeign = (name: string, users: UserFunctions | undefined): boolean =>
  OWN.has(name) || users?.has(name) === true
