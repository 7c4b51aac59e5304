/** Functions that Flink has not: those that this project adds, and those of the user's files. */
import type { UserFunctions } from '../sql/function/function.ts'
import { addressFunctions } from '../sql/function/network/address.ts'
import { agentFunctions } from '../sql/function/network/agent.ts'
import { redactionFunctions } from '../sql/function/network/redaction.ts'
import { webFunctions } from '../sql/function/network/web.ts'
import type { QuerySyntax, TextRange } from '../sql/syntax/ast.ts'

const OWN: ReadonlySet<string> = new Set(
  [...addressFunctions, ...webFunctions, ...agentFunctions, ...redactionFunctions].map(({ name }) => name),
)

export type CalledFunction = { readonly name: string; readonly range: TextRange }

/** The functions that a statement calls, in order of their places. Names are in upper case. */
export function calledIn(query: QuerySyntax): readonly CalledFunction[] {
  const called: CalledFunction[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { kind, name } = node as { readonly kind?: unknown; readonly name?: { name: string; range: TextRange } }
    if (kind === 'call' && name !== undefined) called.push({ name: name.name.toUpperCase(), range: name.range })
    Object.values(node).forEach(visit)
  }
  visit(query)
  return called.sort((a, b) => a.range.start - b.range.start)
}

/** Whether Flink has no function of this name, which is in upper case. */
export const isForeign = (name: string, users: UserFunctions | undefined): boolean =>
  OWN.has(name) || users?.has(name) === true
