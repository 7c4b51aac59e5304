/** A regular expression of Java as a tree, from which it is written for the two matchers and its cost is found. */
import type { CharacterSet } from './character-set.ts'

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  /**
   * ^, $, \b and \B, which match between characters. `start` is that of the text, `end` may stand before a line end.
   * `line-start` is where a match that begins with .* can begin first, `text-end` the very end.
   */
  | { readonly kind: 'start' | 'end' | 'border' | 'no-border' | 'line-start' | 'text-end' }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'alternatives'; readonly branches: readonly RegexNode[] }
  | Repeat
  | { readonly kind: 'group'; readonly of: RegexNode; readonly captures: boolean; readonly name?: string | undefined }
  /** (?=…) and (?!…). */
  | { readonly kind: 'look'; readonly of: RegexNode; readonly negative: boolean }

/** `least` to `most` times `of`; without `most` any number of times. */
export type Repeat = {
  readonly kind: 'repeat'
  readonly of: RegexNode
  readonly least: number
  readonly most: number | undefined
  readonly lazy: boolean
}

/** The nodes directly below. */
export function nodesIn(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.parts
    case 'alternatives':
      return node.branches
    case 'repeat':
    case 'group':
    case 'look':
      return [node.of]
    default:
      return []
  }
}

/** Whether the node can match the empty text. */
export function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false
    case 'sequence':
      return node.parts.every(isNullable)
    case 'alternatives':
      return node.branches.some(isNullable)
    case 'repeat':
      return node.least === 0 || isNullable(node.of)
    case 'group':
      return isNullable(node.of)
    default:
      return true
  }
}

/** The number of groups that are asked for by number. */
export const groupsIn = (node: RegexNode): number =>
  nodesIn(node).reduce((sum, part) => sum + groupsIn(part), node.kind === 'group' && node.captures ? 1 : 0)

/** Whether the node or one below it is of that kind. */
export const contains = (node: RegexNode, kind: RegexNode['kind']): boolean =>
  node.kind === kind || nodesIn(node).some((part) => contains(part, kind))
