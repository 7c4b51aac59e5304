/**
 * The paths of columns as people write them: `user.id`. Paths of other tools, `$.user.id`, `.user.id` and `items[0]`, would be names
 * of members that no record has, and the column NULL in every row: they are refused. A list takes any names: `["$", "a.b"]`.
 */
import { Failure } from '../../base/failure.ts'
import type { WrittenColumns } from '../declared-columns.ts'

/** The mistakes in the paths of the columns, each a Failure `usage` with its part of the options. */
export function pathMistakes(columns: WrittenColumns): readonly Failure[] {
  return Object.entries(columns).flatMap(([name, { path }]) => {
    const mistake = typeof path === 'string' ? mistakeIn(path) : undefined
    if (mistake === undefined) return []
    const part = ['columns', name, 'path']
    return [new Failure('usage', `column ${name}: ${mistake.message}`, { part, hint: mistake.hint })]
  })
}

/** The path of these names as an option says it: with points where that means the same, else the list. */
export function pathOption(names: readonly string[]): string | readonly string[] {
  const path = names.join('.')
  return names.some((name) => name.includes('.')) || mistakeIn(path) !== undefined ? names : path
}

type Mistake = { readonly message: string; readonly hint: string }

function mistakeIn(path: string): Mistake | undefined {
  const plain = path.replace(/^\$?\.|^\$(?=\[|$)/, '')
  const names = namesIn(plain)
  if (names === undefined) return inArray(path, plain)
  if (plain === path && !path.includes('[') && !names.includes('')) return undefined
  const wanted = names.filter((name) => name !== '')
  return {
    message:
      plain === path
        ? `the path ${path} is none: names stand between points`
        : `a path begins at the record, without ${path.startsWith('$') ? '$' : 'a point'} before it`,
    hint:
      wanted.length === 0
        ? 'Leave it out where the member has the name of the column.'
        : `Write path: ${wanted.every((name) => /^[^.[\]]+$/.test(name)) ? wanted.join('.') : JSON.stringify(wanted)}`,
  }
}

function inArray(path: string, plain: string): Mistake {
  const array = plain.replace(/\[.*/s, '')
  const declared = array === '' ? 'the array' : `path: ${array}`
  const taken = array.split('.').at(-1) || 'a'
  return {
    message: `a path leads to no element of an array, as ${path} does`,
    hint: `Declare ${declared} as ARRAY<STRING>, or of what its elements are, and take one in SQL: ${taken}[1]`,
  }
}

/** The names of a path with points and, as of JSONPath, names in brackets; undefined where it has a place in an array. */
function namesIn(path: string): readonly string[] | undefined {
  if (/\[(?:-?\d+|\*)?\]/.test(path)) return undefined
  const bracketed = path.replace(/\[(['"])(.*?)\1\]/g, (_, _quote, name: string) => `.${name.replaceAll('.', '\0')}`)
  return bracketed
    .replace(/^\./, '')
    .split('.')
    .map((name) => name.replaceAll('\0', '.'))
}
