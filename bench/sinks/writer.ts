/** What writes rows to a store, as the sink or as a program of its own. */
export type Writer = {
  readonly name: string
  /** Writes this many rows to a new store in the folder; resolves when they are durable. */
  write(folder: string, rows: number): Promise<void>
}
