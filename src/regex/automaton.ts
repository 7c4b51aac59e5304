/**
 * The automaton of a regular expression, after Glushkov: a state for each place where the pattern has a character, and one
 * for its start. An edge is counted as often as there are ways along it, up to two: for a backtracking matcher each way is
 * one more to try. Repeats with a bound are taken as repeats without one, which has no fewer ways.
 */
import { ANY, type CharacterSet, mayOverlap } from './character-set.ts'
import type { RegexNode, Repeat } from './tree.ts'

/** How many ways there are, up to two. */
type Ways = 1 | 2
type States = ReadonlyMap<number, Ways>

export type Automaton = {
  /** The characters of each state; state 0 is the start. */
  readonly sets: readonly CharacterSet[]
  readonly edges: readonly Map<number, Ways>[]
  /** The automata of look-aheads, which are tried on their own. */
  readonly looks: readonly Automaton[]
  /** The product of the numbers of branches, as a logarithm to base 2: how many ways there are without any repeat. */
  readonly choices: number
}

type Building = { sets: CharacterSet[]; edges: Map<number, Ways>[]; looks: Automaton[]; choices: number }
type Part = { readonly empty: 0 | Ways; readonly first: States; readonly last: States }

/** The automaton; where a match may begin anywhere, the start goes round with any character. */
export function automatonOf(tree: RegexNode, anywhere: boolean): Automaton {
  const building: Building = { sets: [ANY], edges: [new Map()], looks: [], choices: 0 }
  const { first } = build(tree, building)
  connect(new Map([[0, 1]]), first, building)
  if (anywhere) building.edges[0]?.set(0, 1)
  return building
}

/** Whether every match begins at the start of the text. */
export function isAnchored(node: RegexNode): boolean {
  switch (node.kind) {
    case 'start':
    case 'line-start':
      return true
    case 'sequence':
      return node.parts[0] !== undefined && isAnchored(node.parts[0])
    case 'alternatives':
      return node.branches.every(isAnchored)
    case 'group':
      return isAnchored(node.of)
    default:
      return false
  }
}

const NONE: States = new Map()
const EMPTY: Part = { empty: 1, first: NONE, last: NONE }

const capped = (ways: number): 0 | Ways => (ways === 0 ? 0 : ways === 1 ? 1 : 2)

function sum(a: States, b: States, times: number): States {
  if (times === 0 || b.size === 0) return a
  const result = new Map(a)
  for (const [state, ways] of b) result.set(state, capped((a.get(state) ?? 0) + ways * times) as Ways)
  return result
}

function connect(from: States, to: States, { edges }: Building): void {
  for (const [state, waysHere] of from) {
    const out = edges[state] as Map<number, Ways>
    for (const [next, ways] of to) out.set(next, capped((out.get(next) ?? 0) + waysHere * ways) as Ways)
  }
}

function build(node: RegexNode, building: Building): Part {
  switch (node.kind) {
    case 'set': {
      const state = building.sets.push(node.set) - 1
      building.edges.push(new Map())
      const here: States = new Map([[state, 1]])
      return { empty: 0, first: here, last: here }
    }
    case 'sequence':
      return node.parts.reduce<Part>((before, part) => {
        const next = build(part, building)
        connect(before.last, next.first, building)
        return {
          empty: capped(before.empty * next.empty),
          first: sum(before.first, next.first, before.empty),
          last: sum(next.last, before.last, next.empty),
        }
      }, EMPTY)
    case 'alternatives':
      building.choices += Math.log2(node.branches.length)
      return node.branches
        .map((branch) => build(branch, building))
        .reduce((a, b) => ({
          empty: capped(a.empty + b.empty),
          first: sum(a.first, b.first, 1),
          last: sum(a.last, b.last, 1),
        }))
    case 'repeat':
      return buildRepeat(node, building)
    case 'group':
      return build(node.of, building)
    case 'look':
      building.looks.push(automatonOf(node.of, false))
      return EMPTY
    default:
      return EMPTY
  }
}

function buildRepeat({ of, least, most }: Repeat, building: Building): Part {
  const part = build(of, building)
  if (most === 0) return EMPTY
  if (most === undefined || most > 1) connect(part.last, part.first, building)
  if (least === 0) building.choices++
  return { ...part, empty: capped(part.empty + (least === 0 ? 1 : 0)) }
}

/** Whether at each state one character leads one way. */
export function isDeterministic({ sets, edges }: Automaton): boolean {
  return edges.every((out) => {
    const next = [...out.keys()].filter((to) => to !== 0)
    if (next.some((to) => out.get(to) === 2)) return false
    return next.every((a, index) =>
      next.slice(index + 1).every((b) => !mayOverlap(sets[a] as CharacterSet, sets[b] as CharacterSet)),
    )
  })
}
