/** What must not be shown: options that their schema marks as secret, and passwords in addresses. */
import * as z from 'zod'

/** What is shown instead. */
export const HIDDEN = '***'

const secrets: z.core.$ZodRegistry<{ readonly isSecret: true }> = z.registry()

/** Marks the schema of an option as that of a secret. Later refinements would make another schema: mark it last. */
export function secret<Option extends z.ZodType>(option: Option): Option {
  secrets.add(option, { isSecret: true })
  return option
}

/** Whether the schema itself was marked as that of a secret. */
export const isSecret = (schema: z.core.$ZodType): boolean => secrets.has(schema)

/** The password of `scheme://user:password@host`, unless a variable stands for it. */
const PASSWORD = /(?<=[a-z][a-z\d+.-]*:\/\/[^\s/:@'"]*:)(?!\$\{[^}]*\}@)[^\s/]+(?=@)/gi

/** The text without the passwords of addresses in it. */
export const withoutPasswords = (text: string): string => text.replace(PASSWORD, HIDDEN)

/** Where the passwords of addresses are in a text. */
export const passwordsIn = (text: string): readonly (readonly [start: number, end: number])[] =>
  Array.from(text.matchAll(PASSWORD), ({ index, 0: found }) => [index, index + found.length] as const)
