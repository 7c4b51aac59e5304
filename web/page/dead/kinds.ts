/** What the kinds of dead letters mean, in words. */

export type KindWords = { readonly title: string; readonly meaning: string }

const KINDS: Readonly<Record<string, KindWords>> = {
  format: { title: 'not readable', meaning: 'the format of the topic could not read the record' },
  future: { title: 'from the future', meaning: 'its time is further ahead of its arrival than max_ahead allows' },
  rule: { title: 'breaks a rule', meaning: 'the record does not meet a rule of its topic' },
  late: { title: 'late', meaning: 'every window that the row belongs to had closed' },
  partly_late: { title: 'partly late', meaning: 'some of the windows that the row belongs to had closed' },
  expression: { title: 'failed expression', meaning: 'an expression of a query could not be computed for the row' },
  sink: { title: 'refused by a sink', meaning: 'the store of a sink does not take the row' },
}

/** A kind that a newer version knows has only its name. */
export const wordsOfKind = (kind: string): KindWords => KINDS[kind] ?? { title: kind, meaning: kind }

export const ALL_KINDS: readonly string[] = Object.keys(KINDS)
