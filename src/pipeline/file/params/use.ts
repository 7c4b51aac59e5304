/** How a use of a parameter is written: `${params.NAME}`; `$${params.NAME}` stands for these characters themselves. */

/** Matches a use, or the characters themselves; the group is the name. */
export const PARAM_USE: RegExp = /\$?\$\{params\.([^}]*)\}/g

/** Whether a text has a use, or something that begins as one. */
export const hasParam = (text: string): boolean => text.includes('${params.')

/** A text, in which no use is one: for values from outside. */
export const withoutParams = (text: string): string => text.replaceAll('${params.', () => '$${params.')
