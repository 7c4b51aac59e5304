/**
 * Just enough of TypeScript's syntax to check style: code, comments and strings, imports and exports, and functions with
 * their lengths. (The compiler offers no interface to its parser.)
 */

export type FunctionSpan = {
  /** The line of its head, from 1, and the number of lines from the head to the last brace. */
  readonly line: number
  readonly lines: number
  readonly head: string
  readonly parameters: number
}

export type Exported = {
  readonly name: string
  /** The keyword that declares it: `function`, `class`, `const`, `type`. */
  readonly kind: string
  readonly line: number
  readonly isDocumented: boolean
}

/** The source with comments, strings and regular expressions blanked out; everything else keeps its place. */
export const codeOf = (source: string): string =>
  piecesOf(source)
    .map(({ kind, text }) => (kind === 'code' ? text : text.replace(/[^\n]/g, ' ')))
    .join('')

/** The comments as running text, with the line where each begins. */
export function commentsOf(source: string): readonly { readonly line: number; readonly text: string }[] {
  let at = 0
  return piecesOf(source).flatMap(({ kind, text }) => {
    at += text.length
    if (kind !== 'comment') return []
    const line = lineAt(source, at - text.length)
    const words = text.replaceAll(/^\/[/*]+|\*\/$/g, '').replaceAll(/\n\s*\*/g, ' ')
    return [{ line, text: words.replaceAll(/\s+/g, ' ').trim() }]
  })
}

type Piece = { readonly kind: 'code' | 'comment' | 'text'; readonly text: string }

/** The source in pieces; strings and regular expressions are text. */
function piecesOf(source: string): readonly Piece[] {
  const pieces: Piece[] = []
  /** For each open `${` of a template, the number of open braces inside it. */
  const templates: number[] = []
  let at = 0
  let before = ''
  const take = (end: number, kind: Piece['kind']) => {
    const text = source.slice(at, end)
    pieces.push({ kind, text })
    if (kind === 'code' && /\S/.test(text)) before = `${before}${text}`.slice(-12)
    else if (kind === 'text') before = ')'
    at = end
  }
  while (at < source.length) {
    const rest = source.slice(at, at + 2)
    const char = source.charAt(at)
    if (rest === '//') take(endOf(source, '\n', at), 'comment')
    else if (rest === '/*') take(endOf(source, '*/', at + 2) + 2, 'comment')
    else if (char === "'" || char === '"') take(quoteEnd(source, at, char), 'text')
    else if (char === '`') take(templateEnd(source, at + 1, templates), 'text')
    else if (char === '}' && templates.at(-1) === 0) {
      templates.pop()
      take(templateEnd(source, at + 1, templates), 'text')
    } else if (
      char === '/' &&
      source.charAt(at - 1) !== '<' &&
      /(^|[=([{,;:!&|?+\-*%<>~^]|\b(return|typeof|case|in|of))\s*$/.test(before)
    ) {
      take(regexEnd(source, at), 'text')
    } else {
      const open = templates.length - 1
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1
      take(at + 1, 'code')
    }
  }
  return pieces
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found
}

function quoteEnd(source: string, start: number, quote: string): number {
  let at = start + 1
  while (at < source.length && source.charAt(at) !== quote && source.charAt(at) !== '\n')
    at += source.charAt(at) === '\\' ? 2 : 1
  return at + 1
}

/** The place behind the closing backquote, or behind the `${` of a part that is code again. */
function templateEnd(source: string, start: number, templates: number[]): number {
  for (let at = start; at < source.length; at++) {
    const char = source.charAt(at)
    if (char === '\\') at++
    else if (char === '`') return at + 1
    else if (char === '$' && source.charAt(at + 1) === '{') {
      templates.push(0)
      return at + 2
    }
  }
  return source.length
}

function regexEnd(source: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < source.length; at++) {
    const char = source.charAt(at)
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '\n' || (char === '/' && !inClass)) return at + 1
  }
  return source.length
}

/** The relative paths in imports and exports, lazy ones included. */
export function importsOf(source: string): readonly string[] {
  const found = source.matchAll(/\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^'\n]+)'/g)
  return [...found].map(([, path]) => path ?? '')
}

/** Every function with a body in braces: from the line of its head to that of its last brace. */
export function functionsOf(source: string): readonly FunctionSpan[] {
  const code = codeOf(source)
  const found: FunctionSpan[] = []
  const open: (FunctionHead | undefined)[] = []
  for (let at = 0; at < code.length; at++) {
    const char = code.charAt(at)
    if (char === '{') open.push(functionHead(code, at))
    if (char !== '}') continue
    const head = open.pop()
    if (head === undefined) continue
    const line = lineAt(code, head.start)
    const text = source.split('\n')[line - 1]?.trim() ?? ''
    const parameters = countParameters(code.slice(head.start, head.end))
    found.push({ line, lines: lineAt(code, at) - line + 1, head: text, parameters })
  }
  return found
}

/** The exported declarations. */
export function exportsOf(source: string): readonly Exported[] {
  const lines = source.split('\n')
  return codeOf(source)
    .split('\n')
    .flatMap((text, index) => {
      const [, kind, name] = /^export (?:async )?(function|class|const|type)\*? (\w+)/.exec(text) ?? []
      if (kind === undefined || name === undefined) return []
      return [{ name, kind, line: index + 1, isDocumented: /\*\/\s*$/.test(lines[index - 1] ?? '') }]
    })
}

/** The number of parameters in a list of them. */
function countParameters(list: string): number {
  let flat = list.replaceAll('=>', '')
  // From the innermost brackets outwards; a comma behind the last parameter separates nothing.
  for (let before = ''; before !== flat; ) {
    before = flat
    flat = flat.replaceAll(/[([{<][^()[\]{}<>]*[)\]}>]/g, '_')
  }
  return flat.split(',').filter((parameter) => /\S/.test(parameter)).length
}

const lineAt = (code: string, at: number): number => code.slice(0, at).split('\n').length

/** The range of a function's parameters, without parentheses. */
type FunctionHead = { readonly start: number; readonly end: number }

/** The head of the function whose body opens at `brace`; undefined if it is no function's. */
function functionHead(code: string, brace: number): FunctionHead | undefined {
  const before = code.slice(0, brace).trimEnd()
  const arrow = before.endsWith('=>')
  const signature = arrow ? before.slice(0, -2).trimEnd() : before
  // With the type of the result: `): Promise<void> {`. Types in braces are rare here and are missed.
  const close = signature.endsWith(')') ? signature.length - 1 : /\)\s*:\s*[^(){};=]*$/.exec(signature)?.index
  if (close === undefined) return arrow ? { start: signature.length - 1, end: signature.length } : undefined
  let depth = 0
  for (let at = close; at >= 0; at--) {
    if (code.charAt(at) === ')') depth++
    if (code.charAt(at) === '(' && --depth === 0) {
      return !arrow && /\b(if|for|while|switch|catch|with)\s*$/.test(code.slice(0, at).replace(/\bawait\s*$/, ''))
        ? undefined
        : { start: at + 1, end: close }
    }
  }
  return undefined
}
