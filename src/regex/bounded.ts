/** Up to which length of a text JavaScript's matcher may be used for a pattern, and what is used beyond it. */
import { powerOf } from './cost.ts'
import { PatternProblem } from './problem.ts'
import type { RegexNode } from './tree.ts'

/** About a tenth of a second of JavaScript's matcher. */
const MOST_STEPS = 2 ** 24

/** `longest`: the length, Infinity where every text is fast. `linear`: what takes longer texts; undefined where nothing does. */
export type Bounded<Linear> = { readonly longest: number; readonly linear: Linear | undefined }

/** The bound of a tree. `open` opens the matcher with RE2, if it can. Throws a PatternProblem where nothing takes any text. */
export function boundedBy<Linear>(tree: RegexNode, open: () => Linear | undefined): Bounded<Linear> {
  const power = powerOf(tree)
  if (power === 1) return { longest: Infinity, linear: undefined }
  const linear = open()
  const longest = power === Infinity ? 0 : Math.floor(MOST_STEPS ** (1 / power))
  if (linear === undefined && longest === 0) {
    throw new PatternProblem(
      'some texts would keep this pattern busy for years, as they fit its repeats in too many ways',
      'repeat nothing that has a repeat or alike branches inside, or take out the look-ahead, or the $ that is not its end',
    )
  }
  return { longest, linear }
}

/** The reason why a text is not tried. */
export const tooLongText = (text: string, longest: number): string =>
  `a text of ${text.length} characters could take this pattern too long; up to ${longest} are matched`
