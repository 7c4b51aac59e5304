/**
 * The values that templates of notifiers may name: those of the notification, then the columns of the row, which are of the
 * first key where there are several.
 */
import { collectFailure, type Failure } from '../base/failure.ts'
import { unknownNames } from '../template/columns.ts'
import type { JsonOf } from '../template/fill.ts'
import { parseTemplate } from '../template/template.ts'
import type { Notification, NotifierMistake } from './notifier.ts'

const OWN = ['pipeline', 'title', 'text', 'count'] as const
/** Of the notification, where the row has a column of this name, too. */
const SHARED = ['alert', 'state', 'severity'] as const

const namesFor = (columns: readonly string[]): readonly string[] => [...new Set([...OWN, ...SHARED, 'id', ...columns])]

/** The mistakes in the templates of a notifier, each at the path of its option. */
export function mistakesInTexts(
  texts: readonly (readonly [path: NotifierMistake['path'], text: string])[],
  columns: readonly string[],
): readonly NotifierMistake[] {
  return texts.flatMap(([path, text]) => {
    const failures: Failure[] = []
    const template = collectFailure(failures, () => parseTemplate(text))
    if (template !== undefined) failures.push(...unknownNames(template, namesFor(columns)))
    return failures.map((failure) => ({ path, failure }))
  })
}

/** The values for one notification, as JSON. */
export function valuesOf(notification: Notification): JsonOf {
  const own: { readonly [name: string]: unknown } = { ...notification }
  const [first] = notification.keys
  const row: { readonly [name: string]: unknown } = { ...first?.row }
  return (name) => {
    const isOwn = name === 'id' || [...OWN, ...SHARED].some((one) => one === name)
    const value = isOwn ? own[name] : name === 'row' && !Object.hasOwn(row, name) ? row : row[name]
    return JSON.stringify(value ?? null)
  }
}
