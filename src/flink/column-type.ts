/**
 * Types of columns as Flink's CREATE TABLE has them. Rows are JSON there, as our writer makes them, so a type fits that Flink's JSON
 * format reads and writes: https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/formats/json/
 *
 * No column is NOT NULL: Flink fails a job whose row breaks such a promise, and knows nothing better without it.
 */
import { isMultiset, type Type, typeName } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'

/** The type of a column in CREATE TABLE; undefined where Flink's JSON has none for it. */
export const columnType = (type: Type): string | undefined => (whyUnfit(type) === undefined ? ddlName(type) : undefined)

/** Why rows with a column of this type cannot go to Flink or come from it, as "a MAP with keys of type INT"; undefined: they can. */
export function whyUnfit(type: Type): string | undefined {
  switch (type.kind) {
    case 'INTERVAL_DAY':
    case 'INTERVAL_MONTH':
      return 'an interval, which no table of Flink can hold'
    case 'ARRAY':
      return whyUnfit(type.element)
    case 'MAP':
      if (type.key.kind !== 'STRING') {
        const what = isMultiset(type) ? 'a MULTISET of values' : 'a MAP with keys'
        return `${what} of type ${typeName(type.key)}, and JSON has only names of type STRING`
      }
      return whyUnfit(type.value)
    case 'ROW':
      return type.fields.map((field) => whyUnfit(field.type)).find((why) => why !== undefined)
    default:
      return undefined
  }
}

/** As `typeName`, with backquotes around names of fields that are reserved words. A bare NULL has no type there, and fits a STRING. */
function ddlName(type: Type): string {
  switch (type.kind) {
    case 'NULL':
      return 'STRING'
    case 'ARRAY':
      return `ARRAY<${ddlName(type.element)}>`
    case 'MAP':
      return isMultiset(type) ? typeName(type) : `MAP<${ddlName(type.key)}, ${ddlName(type.value)}>`
    case 'ROW':
      return `ROW<${type.fields.map((field) => `${quote(field.name)} ${ddlName(field.type)}`).join(', ')}>`
    default:
      return typeName(type)
  }
}
