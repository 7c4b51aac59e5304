/** The parentheses of a text that may not be whole: an open one ends where the text does. */
import type { Token } from '../syntax/token.ts'

export type Parentheses = {
  /** The index of the `(` around a token; -1 where there is none. */
  openOf(index: number): number
  /** The index of the `)` of a `(`, or of the last token. */
  closeOf(open: number): number
  /** The tokens right inside a group, with the parentheses of those in it. */
  within(open: number): readonly number[]
}

/** Finds the parentheses of a list of tokens. */
export function parenthesesOf(tokens: readonly Token[]): Parentheses {
  const opens: number[] = []
  const closes = new Map<number, number>()
  const inside = new Map<number, number[]>([[-1, []]])
  const stack: number[] = []
  const add = (index: number) => inside.get(stack.at(-1) ?? -1)?.push(index)
  tokens.forEach((token, index) => {
    const sign = token.kind === 'sign' ? token.text : ''
    if (sign === ')') {
      const open = stack.pop()
      if (open !== undefined) closes.set(open, index)
    }
    opens.push(stack.at(-1) ?? -1)
    add(index)
    if (sign === '(') {
      stack.push(index)
      inside.set(index, [])
    }
  })
  return {
    openOf: (index) => opens[index] ?? -1,
    closeOf: (open) => closes.get(open) ?? tokens.length - 1,
    within: (open) => inside.get(open) ?? [],
  }
}
