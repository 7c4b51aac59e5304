/**
 * Reads the paths of the JSON functions: `[strict|lax] $.name['other name'][0][*]..deep`. The language is that of the library
 * json-path, which Flink uses, with its oddities: a path that does not begin with $ or @ is a name below the root, and what
 * stands behind the last step as a single character is not looked at. Without a mode a path is strict.
 */

export type PathStep =
  /** .name, ['name'], ['name', 'other'] */
  | { readonly kind: 'names'; readonly names: readonly string[] }
  /** [0], [-1], [0, 2]; below 0 from the end */
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  /** [1:], [:2], [1:2]: `from` is in it, `to` is not */
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  /** .*, [*] */
  | { readonly kind: 'all' }
  /** ..: the following step, anywhere below */
  | { readonly kind: 'deep' }

export type JsonTextPath = {
  /** The path as written. */
  readonly text: string
  /** A lax path that leads nowhere is empty; a strict one is an error. */
  readonly mode: 'strict' | 'lax'
  readonly steps: readonly PathStep[]
  /** Whether the path leads to one value at most; the result of another is a list. */
  readonly isDefinite: boolean
  /** Why it is no path: every row is an error then. */
  readonly problem?: string
}

/** Thrown for a path that is right in Flink and that tailrace cannot follow. */
export class UnsupportedPath extends Error {
  override readonly name = 'UnsupportedPath'
}

class PathProblem extends Error {
  override readonly name = 'PathProblem'
}

const MODE = /^[ \t\n\v\f\r]*(strict|lax)[ \t\n\v\f\r]+(.+)$/is

/** The path that a text is; one with a problem has no steps. Throws an UnsupportedPath. */
export function parsePath(text: string): JsonTextPath {
  const [, word = 'strict', spec = text] = MODE.exec(text) ?? []
  const mode = word.toLowerCase() === 'lax' ? 'lax' : 'strict'
  try {
    const steps = new PathReader(spec).steps()
    return { text, mode, steps, isDefinite: steps.every((step, index) => isDefinite(step, index === steps.length - 1)) }
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error
    return { text, mode, steps: [], isDefinite: true, problem: error.message }
  }
}

/** Whether the step leads from one value to one. Several names at the end of a path make one object. */
export function isDefinite(step: PathStep, isLast: boolean): boolean {
  if (step.kind === 'names') return step.names.length === 1 || isLast
  return step.kind === 'indexes' && step.indexes.length === 1
}

class PathReader {
  readonly #text: string
  #at = 1
  readonly #steps: PathStep[] = []

  constructor(spec: string) {
    const trimmed = (path: string) => path.replace(/ +$/, '')
    this.#text = /^[$@]/.test(spec) ? trimmed(spec) : trimmed(`$.${spec}`)
    if (spec === '') throw new PathProblem('it is empty')
  }

  steps(): readonly PathStep[] {
    const text = this.#text
    if (text.endsWith('.')) throw new PathProblem('it ends with a point')
    if (text.length === 1) return []
    if (!/[.[]/.test(text[1] as string)) throw this.#problem('expected . or [')
    do this.#step()
    while (this.#at < text.length - 1)
    return this.#steps
  }

  #problem(what: string): PathProblem {
    return new PathProblem(`${what} at character ${this.#at + 1} of ${this.#text}`)
  }

  #step(): void {
    const text = this.#text
    if (text[this.#at] === '.') {
      const deep = text[this.#at + 1] === '.'
      if (deep) this.#steps.push({ kind: 'deep' })
      this.#at += deep ? 2 : 1
      if (text[this.#at] === '.') throw this.#problem('a point cannot follow')
    }
    const rest = text.slice(this.#at)
    if (rest.startsWith('*')) this.#push({ kind: 'all' }, 1)
    else if (rest.startsWith('[')) this.#bracket(rest)
    else this.#name(rest)
  }

  #push(step: PathStep, length: number): void {
    this.#steps.push(step)
    this.#at += length
  }

  #name(rest: string): void {
    const name = /^[^.[( ]*/.exec(rest)?.[0] ?? ''
    const next = rest[name.length]
    if (next === ' ') throw this.#problem("a blank (['a name'] is a name with one)")
    if (next === '(') throw new UnsupportedPath(`functions in a path, such as ${name}(), are not supported yet`)
    if (rest === '') throw this.#problem('expected a name')
    this.#push({ kind: 'names', names: [name] }, name.length)
  }

  #bracket(rest: string): void {
    const [, first = ''] = /^\[ *(.?)/s.exec(rest) ?? []
    if (first === '?') throw new UnsupportedPath('filters in a path, such as [?(…)], are not supported yet')
    if (first === "'" || first === '"') this.#quoted(rest, first)
    else if (first === '*') this.#all(rest)
    else this.#numbers(rest, first)
  }

  #all(rest: string): void {
    const [whole] = /^\[ *\* *\]/.exec(rest) ?? []
    if (whole === undefined) throw this.#problem('expected ] behind *')
    this.#push({ kind: 'all' }, whole.length)
  }

  #numbers(rest: string, first: string): void {
    const [whole, inside] = /^\[([-0-9:, ]*)\]/.exec(rest) ?? []
    if (whole === undefined || inside === undefined || !/^[-0-9:]/.test(first))
      throw this.#problem('expected a number, a quoted name or * in brackets')
    const numbers = inside.trim()
    this.#push(numbers.includes(':') ? this.#slice(numbers) : this.#indexes(numbers), whole.length)
  }

  #indexes(numbers: string): PathStep {
    return { kind: 'indexes', indexes: numbers.split(/ *, */).map((number) => this.#integer(number)) }
  }

  #slice(numbers: string): PathStep {
    if (/[, ]/.test(numbers)) throw this.#problem('a slice is written [1:2];')
    const [from, to] = numbers.split(':').map((number) => (number === '' ? undefined : this.#integer(number)))
    if (from === undefined && to === undefined) throw this.#problem('a slice needs a number')
    return { kind: 'slice', from, to }
  }

  #integer(text: string): number {
    const number = Number(text)
    if (!/^-?[0-9]+$/.test(text) || number !== (number | 0)) throw this.#problem(`${text} is no index`)
    return number
  }

  /** ['a', 'b'] with either sign around the names; `\` in a name makes the next character a part of it. */
  #quoted(rest: string, quote: string): void {
    const names: string[] = []
    let at = 1
    for (;;) {
      while (rest[at] === ' ') at++
      if (rest[at] !== quote) throw this.#problem('expected a quoted name')
      let end = at + 1
      while (end < rest.length && rest[end] !== quote) end += rest[end] === '\\' ? 2 : 1
      if (end >= rest.length) throw this.#problem('the quoted name does not end')
      names.push(unescapeName(rest.slice(at + 1, end)))
      at = end + 1
      while (rest[at] === ' ') at++
      if (rest[at] === ']') break
      if (rest[at] !== ',') throw this.#problem('expected , or ] behind a quoted name')
      at++
    }
    this.#push({ kind: 'names', names }, at + 1)
  }
}

const MEANINGS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

const unescapeName = (name: string): string =>
  name.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
    code === undefined ? (MEANINGS[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  )
