/**
 * The entry of that name, in an object whose names a person or a file has chosen. Plain access would also find what every
 * object inherits: `constructor`, `toString`.
 */
export const entryOf = <T>(entries: { readonly [name: string]: T } | undefined, name: string): T | undefined =>
  entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined
