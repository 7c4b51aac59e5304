/** Words of command lines that a person may copy into a shell. */

/** The text in the quotes of a shell. */
export const quotedInShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The word as a shell reads it: in quotes where it needs them. */
export const inShell = (word: string): string => (/^[\w./:=@,+-]+$/.test(word) ? word : quotedInShell(word))
