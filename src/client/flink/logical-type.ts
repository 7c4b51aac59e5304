/** Types of columns as Flink's SQL Gateway describes them in JSON, and as SQL writes them. */

/** `length`, `precision` and `scale` are there where the type has them. */
export type LogicalType = {
  readonly type: string
  readonly nullable: boolean
  readonly precision?: number
  readonly scale?: number
  readonly length?: number
  readonly elementType?: LogicalType
  readonly keyType?: LogicalType
  readonly valueType?: LogicalType
  readonly fields?: readonly { readonly name: string; readonly fieldType: LogicalType }[]
}

/** What VARCHAR and VARBINARY have as their length where SQL says STRING and BYTES. */
const MOST = 2_147_483_647

/** The type as SQL writes it, without NOT NULL. */
export function flinkTypeName(type: LogicalType): string {
  const { precision, scale, length } = type
  switch (type.type) {
    case 'INTEGER':
      return 'INT'
    case 'DECIMAL':
      return `DECIMAL(${precision}, ${scale})`
    case 'VARCHAR':
      return length === MOST ? 'STRING' : `VARCHAR(${length})`
    case 'VARBINARY':
      return length === MOST ? 'BYTES' : `VARBINARY(${length})`
    case 'CHAR':
    case 'BINARY':
      return `${type.type}(${length})`
    case 'TIME_WITHOUT_TIME_ZONE':
      return `TIME(${precision})`
    case 'TIMESTAMP_WITHOUT_TIME_ZONE':
      return `TIMESTAMP(${precision})`
    case 'TIMESTAMP_WITH_LOCAL_TIME_ZONE':
      return `TIMESTAMP_LTZ(${precision})`
    case 'ARRAY':
    case 'MULTISET':
      return `${type.type}<${nested(type.elementType)}>`
    case 'MAP':
      return `MAP<${nested(type.keyType)}, ${nested(type.valueType)}>`
    case 'ROW':
      return `ROW<${(type.fields ?? []).map(({ name, fieldType }) => `\`${name}\` ${flinkTypeName(fieldType)}`).join(', ')}>`
    default:
      return type.type
  }
}

const nested = (type: LogicalType | undefined): string => (type === undefined ? '?' : flinkTypeName(type))
