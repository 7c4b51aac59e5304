/** The schema of a part that has exactly one kind: a source, a sink, a table, a format; and of a query, which has one form. */
import * as z from 'zod'
import { assert } from '../../base/assert.ts'
import type { PartList } from '../../base/part-list.ts'
import { kindKeys } from './schema-parts.ts'

type Kind = { readonly name: string; readonly options: z.ZodType; readonly summary?: string }

/** Nothing is read with it: the kinds in a file are loaded before: see `load-kinds.ts`. */
const UNLOADED: z.ZodType = z.custom(() => {
  assert(false, 'a kind was not loaded')
})

/** The kinds of a list, each with the options that it has once it is loaded. */
export const kindsIn = <Part>(list: PartList<Part>, optionsOf: (part: Part) => z.ZodType): readonly Kind[] =>
  list.names.map((name) => {
    const options = z.lazy(() => {
      const part = list.isLoaded(name) ? list.get(name) : undefined
      return part === undefined ? UNLOADED : optionsOf(part)
    })
    // Asked of every kind, in the file or not: zod would look at the options for it, and keep what it found there.
    options._zod.optin = undefined
    options._zod.optout = undefined
    return { name, options }
  })

/** Around the options: a description in their place would take the JSON Schema of a short form from them. */
export const described = ({ options, summary }: { readonly options: z.ZodType; readonly summary: string }): z.ZodType =>
  options.optional().describe(summary)

/** One of several types with its options, under the key with its name, next to the `shared` keys. */
export function oneOf<Shared extends z.ZodRawShape>(what: string, types: readonly Kind[], shared: Shared): z.ZodType {
  const kinds = Object.fromEntries(
    types.map(({ name, options, summary }) => {
      const kind = options.optional()
      return [name, summary === undefined ? kind : kind.describe(summary)]
    }),
  )
  const complaints: Complaints = {
    none: (names) => `needs the kind of ${what}: one of ${names}`,
    several: (given) => `has two kinds of ${what}: ${given}`,
  }
  const keys = Object.keys(kinds)
  return z
    .strictObject({ ...shared, ...kinds })
    .check(exactlyOne(keys, complaints))
    .register(kindKeys, { keys })
}

export type Complaints = { none(names: string): string; several(given: string): string }

/** Of the keys `names` an object has one and only one. */
export function exactlyOne(
  names: readonly string[],
  { none, several }: Complaints,
): z.core.$ZodCheck<{ readonly [key: string]: unknown }> {
  return z.check<{ readonly [key: string]: unknown }>(({ value, issues }) => {
    const given = names.filter((name) => value[name] !== undefined)
    if (given.length === 1) return
    const message = given.length === 0 ? none(names.join(', ')) : several(given.join(' and '))
    issues.push({ code: 'custom', message, input: value })
  })
}
