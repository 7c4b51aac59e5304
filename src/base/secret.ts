/** Passwords in addresses, which must not be shown. Options that are secret are marked by `secretOption`. */

/** What is shown instead of a secret. */
export const HIDDEN = '***'

/** The password of `scheme://user:password@host`, unless a variable stands for it. */
const PASSWORD = /(?<=[a-z][a-z\d+.-]*:\/\/[^\s/:@'"]*:)(?!\$\{[^}]*\}@)[^\s/]+(?=@)/gi

/** The text without the passwords of addresses in it. */
export const withoutPasswords = (text: string): string => text.replace(PASSWORD, HIDDEN)

/** Where the passwords of addresses are in a text. */
export const passwordsIn = (text: string): readonly (readonly [start: number, end: number])[] =>
  Array.from(text.matchAll(PASSWORD), ({ index, 0: found }) => [index, index + found.length] as const)
