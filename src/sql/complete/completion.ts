/** What is offered to someone who writes a statement. */

export type Completion = {
  readonly kind: 'table' | 'column' | 'function' | 'keyword'
  readonly label: string
  /** What is put in. */
  readonly text: string
  /** Its type, or how it is written; empty where there is no more to say. */
  readonly detail: string
  /** What it does, in one sentence; empty where there is no more to say. */
  readonly about: string
}

export type Completions = {
  /** What the text replaces, in UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly items: readonly Completion[]
}
