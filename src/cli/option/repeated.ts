/** Collects the values of a repeatable option in order. A file of its own without imports, as every command loads it. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]
