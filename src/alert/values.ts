/**
 * The values that templates of notifiers may name: those of the notification, then the columns of the row, which are of the
 * first key where there are several.
 */
import type { Failure } from '../base/failure.ts'
import { unknownNames } from '../template/columns.ts'
import type { JsonOf } from '../template/fill.ts'
import type { Template } from '../template/template.ts'
import type { Notification } from './notifier.ts'

const OWN = ['pipeline', 'title', 'text', 'count'] as const
/** Of the notification, where the row has a column of this name, too. */
const SHARED = ['alert', 'state', 'severity'] as const

/** A Failure for each name in the template that stands for nothing. */
export const unknownValues = (template: Template, columns: readonly string[]): readonly Failure[] =>
  unknownNames(template, [...new Set([...OWN, ...SHARED, 'id', ...columns])])

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
