/** What `/api/v1/pipeline` answers: the parts that the pipeline declares, and what flows from which to which. */

export type PipelineGraph = {
  readonly name: string
  /** The zone of its windows and schedules. */
  readonly timezone: string
  /** Each after those that it is fed by. */
  readonly parts: readonly GraphPart[]
  /** By ids of parts. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export type GraphPart = {
  /** Its kind and name, as trouble calls it: `source access`, `alert high`. */
  readonly id: string
  /** `table`: of a store, which reports read, or one in which rows are looked up. */
  readonly kind: 'source' | 'topic' | 'query' | 'alert' | 'report' | 'sink' | 'table'
  /** Its name in the pipeline file. */
  readonly name: string
  /** What it is, in a word or two: the kind of a source or sink, the format of a topic. */
  readonly what: string
  /** The topic on the bus that it is, or that has its rows; null: it has none. */
  readonly topic: string | null
  /** How the pipeline file has it, as YAML, without secrets; null where it has no entry of its own. */
  readonly written: string | null
  /** Its statement, parameters put in; of a query that is written in another way, the statement that was made of it. */
  readonly sql: string | null
  /** The columns of its rows. */
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null
  /** The event-time column of a topic, and how far its watermark trails it, as SQL, where the file says it. */
  readonly watermark: { readonly column: string; readonly written: string | null } | null
  /** Of an alert: what tells people, by the names of their sinks in the status. */
  readonly notifiers: readonly string[] | null
}
