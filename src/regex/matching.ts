/** What the functions of regular expressions ask of a pattern. */
export type Matcher = {
  test(text: string): boolean | Failed
  /** Where the first match begins and ends, in UTF-16 units. */
  find(text: string): readonly [start: number, end: number] | undefined | Failed
  /** The text of a group in the first match; group 0 is the whole of it. */
  extract(text: string, group: number): string | undefined | Failed
  /** The texts of a group in all matches; undefined for one that a match does without. */
  all(text: string, group: number): readonly (string | undefined)[] | Failed
  replace(text: string, replacement: string): string | Failed
  count(text: string): number | Failed
}

/** Why a text is not matched. */
export type Failed = { readonly failed: string }
