/** The names that tailrace gives to what is at the root of a data folder, with those that a crash may leave. */

const NAMES =
  /^(format|owner|topics|checkpoint|reports|event-times|kafka|flink|before|fresh)\.json(\.new)?$|^checkpoint(\.new)?$|^lock(-journal)?$|^control\.(sock|at)$|^(topics|groups|cut|scratch|sent-again|sinks|places|keys|tables)$/

/** Whether a file or folder at the root is tailrace's own, and not one that somebody has put there. */
export const isOwnName = (name: string): boolean => NAMES.test(name)
