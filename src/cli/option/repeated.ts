/** An option that may be given many times: each value comes behind those before it. Imports nothing, so nothing is slowed. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]
