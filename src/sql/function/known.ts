/**
 * Functions of Flink 2.3 that tailrace does not have, so that a call of one is answered with "not supported yet"
 * instead of "there is no function". Aggregates and window functions are not listed.
 */
export const FLINK_ONLY: ReadonlySet<string> = new Set(
  `CENTURY CURRENT_DATABASE CURRENT_ROW_TIMESTAMP CURRENT_WATERMARK DECADE EPOCH
  HASHCODE IF IFNULL MILLENNIUM MILLISECOND MICROSECOND NANOSECOND OBJECT_OF
  OBJECT_UPDATE PARSE_JSON TRY_PARSE_JSON SOURCE_WATERMARK TO_TIMESTAMP_NTZ
  UNIX_DATE UNNEST WIDTH_BUCKET`.split(/\s+/),
)

/** Functions of Flink that number rows or look at neighbouring rows; they have a meaning only before OVER. */
export const RANKINGS: ReadonlySet<string> = new Set(
  'ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD NTH_VALUE'.split(' '),
)
