/**
 * How the time of a backtracking matcher grows with the length of a text, at worst: not at all predictably, or with a power
 * of it. The proof is that of Weber and Seidl ("On the degree of ambiguity of finite automata", 1991): the number of ways
 * grows exponentially where a state has two ways back to itself over one text, and otherwise with a power, which is the
 * longest chain of pairs of loops such that one text goes round the first, from the first to the second, and round the
 * second. What is too large to look at counts as exponential, so that a bound is never too low.
 */
import { type Automaton, automatonOf, isAnchored, isDeterministic } from './automaton.ts'
import { type CharacterSet, mayOverlap } from './character-set.ts'
import type { RegexNode } from './tree.ts'

/** A larger pattern is not looked at. */
const MOST_STATES = 250
const MOST_STEPS = 400_000
/** With more branches than this (as a logarithm), ways are too many even without any repeat. */
const MOST_CHOICES = 12

/** The power of the text's length with which the time grows, at worst; Infinity where none is proved. */
export function powerOf(tree: RegexNode): number {
  const [first, ...others] = tree.kind === 'sequence' ? tree.parts : []
  // Look-aheads at the start of the text are tried once, and not wherever a match may begin.
  const end = others.findIndex(({ kind }) => kind !== 'look')
  const looks = first?.kind === 'start' ? others.slice(0, end === -1 ? others.length : end) : []
  const rest: RegexNode =
    looks.length === 0 ? tree : { kind: 'sequence', parts: [{ kind: 'start' }, ...others.slice(looks.length)] }
  const once = looks.flatMap((look) => (look.kind === 'look' ? [automatonPower(automatonOf(look.of, false))] : []))
  return Math.max(automatonPower(automatonOf(rest, !isAnchored(rest))), ...once)
}

function automatonPower(automaton: Automaton): number {
  if (automaton.sets.length > MOST_STATES) return Infinity
  const inLooks = automaton.looks.reduce((sum, look) => sum + automatonPower(look), 0)
  const goesRound = automaton.edges[0]?.has(0) === true
  if (isDeterministic(automaton) && !goesRound) return 1 + inLooks
  if (automaton.choices > MOST_CHOICES && !isDeterministic(automaton)) return Infinity
  const pairs = new Pairs(automaton)
  const loops = loopsOf(automaton)
  if (loops.some((loop) => hasTwoWaysRound(loop, automaton, pairs))) return Infinity
  return 1 + inLooks + longestChain(loops, automaton, pairs)
}

/** Which states can be entered by the same character, found once for each pair. */
class Pairs {
  readonly #sets: readonly CharacterSet[]
  readonly #known = new Map<number, boolean>()
  steps = 0

  constructor({ sets }: Automaton) {
    this.#sets = sets
  }

  share(a: number, b: number): boolean {
    if (a === b) return true
    const key = Math.min(a, b) * this.#sets.length + Math.max(a, b)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const answer = mayOverlap(this.#sets[a] as CharacterSet, this.#sets[b] as CharacterSet)
    this.#known.set(key, answer)
    return answer
  }
}

function reachable(from: number, { edges }: Automaton): Set<number> {
  const seen = new Set<number>()
  const open = [...(edges[from]?.keys() ?? [])]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue
    seen.add(state)
    open.push(...(edges[state]?.keys() ?? []))
  }
  return seen
}

/** States that lead to each other. */
type Loop = { readonly states: ReadonlySet<number>; readonly beyond: ReadonlySet<number> }

function loopsOf(automaton: Automaton): readonly Loop[] {
  const reach = automaton.sets.map((_, state) => reachable(state, automaton))
  const loops: Loop[] = []
  for (const [state, beyond] of reach.entries()) {
    if (!beyond.has(state) || loops.some(({ states }) => states.has(state))) continue
    loops.push({ states: new Set([...beyond].filter((other) => reach[other]?.has(state))), beyond })
  }
  return loops
}

const nextIn = (state: number, { edges }: Automaton, within: ReadonlySet<number> | undefined): number[] =>
  [...(edges[state]?.keys() ?? [])].filter((next) => within === undefined || within.has(next))

/** Whether one text leads from a state of the loop back to it in two ways. */
function hasTwoWaysRound({ states }: Loop, automaton: Automaton, pairs: Pairs): boolean {
  const size = automaton.sets.length
  for (const state of states) {
    for (const next of nextIn(state, automaton, states)) if (automaton.edges[state]?.get(next) === 2) return true
  }
  // Two tokens go round together, and must part and meet again.
  const before = new Map<number, number[]>()
  const open = [...states].map((state) => state * size + state)
  const seen = new Set(open)
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    for (const a of nextIn(Math.floor(pair / size), automaton, states)) {
      for (const b of nextIn(pair % size, automaton, states)) {
        if (++pairs.steps > MOST_STEPS) return true
        if (!pairs.share(a, b)) continue
        const next = a * size + b
        before.set(next, [...(before.get(next) ?? []), pair])
        if (seen.has(next)) continue
        seen.add(next)
        open.push(next)
      }
    }
  }
  const meeting = [...states].flatMap((state) => before.get(state * size + state) ?? [])
  return meeting.some((pair) => Math.floor(pair / size) !== pair % size)
}

/** The most pairs of loops in a row of which the first leaks into the second, with one text that goes round in both. */
function longestChain(loops: readonly Loop[], automaton: Automaton, pairs: Pairs): number {
  const order = [...loops].sort((a, b) => b.beyond.size - a.beyond.size)
  const longest = new Map<Loop, number>()
  for (const loop of order) {
    let best = 0
    for (const earlier of order) {
      if (earlier === loop || !leadsTo(earlier, loop)) continue
      const step = best <= (longest.get(earlier) ?? 0) && leaks(earlier, loop, automaton, pairs) ? 1 : 0
      best = Math.max(best, (longest.get(earlier) ?? 0) + step)
    }
    longest.set(loop, best)
  }
  return Math.max(0, ...longest.values())
}

const leadsTo = (from: Loop, to: Loop): boolean => [...to.states].every((state) => from.beyond.has(state))

/** Whether one text leads from a state p of the first loop to p, from p to a state q of the second, and from q to q. */
function leaks(first: Loop, second: Loop, automaton: Automaton, pairs: Pairs): boolean {
  const size = automaton.sets.length
  for (const p of first.states) {
    for (const q of second.states) {
      const open: (readonly [number, number, number])[] = [[p, p, q]]
      const seen = new Set<number>()
      for (let triple = open.pop(); triple !== undefined; triple = open.pop()) {
        for (const a of nextIn(triple[0], automaton, first.states)) {
          for (const c of nextIn(triple[2], automaton, second.states)) {
            if (!pairs.share(a, c)) continue
            for (const b of nextIn(triple[1], automaton, undefined)) {
              if (++pairs.steps > MOST_STEPS) return true
              if (!pairs.share(a, b) || !pairs.share(b, c)) continue
              if (a === p && b === q && c === q) return true
              const key = (a * size + b) * size + c
              if (seen.has(key)) continue
              seen.add(key)
              open.push([a, b, c])
            }
          }
        }
      }
    }
  }
  return false
}
