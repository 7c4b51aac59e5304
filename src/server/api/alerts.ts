/** What the addresses about alerts take and answer, for programs in TypeScript. */
export type {
  AlertDetail,
  AlertKey,
  AlertRuleView,
  AlertsView,
  AlertView,
  Happened,
  HappenedPage,
  SilenceView,
  ToldBy,
} from '../../run/alerts/standing.ts'

/** A silence that is asked for: `for` a time (`4h`), or `until` one in the pipeline's zone (`2026-12-02 08:00`). */
export type SilenceWish = {
  /** Only keys with these values; by default all of the alert. */
  readonly key?: { readonly [column: string]: string } | undefined
  readonly for?: string | undefined
  readonly until?: string | undefined
  readonly reason?: string | undefined
}
