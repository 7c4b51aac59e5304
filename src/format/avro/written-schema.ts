/**
 * The schema of rows, for columns that no schema describes yet. Each field is a union with null, the default, as each column may be NULL:
 * so a column that is added or left out later is a change that is compatible in both directions.
 */
import { Failure, throwAll } from '../../base/failure.ts'
import { type Field, shortTypeName, type Type } from '../../record/type.ts'

const NAME = /^[A-Za-z_]\w*$/

/** The JSON of the schema of rows with these columns; `name` is that of the record. Throws a Failure `usage` with each that has no field. */
export function schemaOfRows(fields: readonly Field[], name: string): string {
  const failures: Failure[] = []
  const record = avroName(name)
  const described = fields.map((field) => {
    const type = avroOf(field.type, `${record}_${field.name}`)
    if (typeof type === 'string') failures.push(new Failure('usage', `column ${field.name} ${type}`))
    else if (!NAME.test(field.name)) {
      const hint = `Give it another name: SELECT \`${field.name}\` AS …`
      failures.push(
        new Failure('usage', `column ${field.name}: a name in Avro has letters, digits and _ only`, { hint }),
      )
    }
    return { name: field.name, type: ['null', type], default: null }
  })
  throwAll(failures)
  return JSON.stringify({ type: 'record', name: record, fields: described })
}

/** A name made of the letters, digits and _ of another. */
function avroName(name: string): string {
  const plain = name.replace(/\W/g, '_')
  return /^\d/.test(plain) ? `_${plain}` : plain
}

/** The type in a schema; a text: why there is none, as words after the name of the column. */
function avroOf(type: Type, name: string): object | string {
  const plain = (avro: string) => ({ type: avro })
  switch (type.kind) {
    case 'BOOLEAN':
      return plain('boolean')
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return plain('int')
    case 'BIGINT':
      return plain('long')
    case 'FLOAT':
      return plain('float')
    case 'DOUBLE':
      return plain('double')
    case 'BYTES':
      return plain('bytes')
    case 'STRING':
    case 'NULL':
      return plain('string')
    case 'DECIMAL':
      return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale }
    case 'DATE':
      return { type: 'int', logicalType: 'date' }
    case 'TIME':
      return { type: 'int', logicalType: 'time-millis' }
    case 'TIMESTAMP':
      return { type: 'long', logicalType: 'local-timestamp-millis' }
    case 'TIMESTAMP_LTZ':
      return { type: 'long', logicalType: 'timestamp-millis' }
    case 'FINE_TIMESTAMP': {
      const unit = type.digits > 6 ? 'nanos' : 'micros'
      return { type: 'long', logicalType: `${type.zoned ? '' : 'local-'}timestamp-${unit}` }
    }
    case 'ARRAY': {
      const items = avroOf(type.element, name)
      return typeof items === 'string' ? items : { type: 'array', items: ['null', items] }
    }
    case 'MAP': {
      const values = avroOf(type.value, name)
      if (type.key.kind !== 'STRING') return `is ${shortTypeName(type)}, and the keys of a map in Avro are texts`
      return typeof values === 'string' ? values : { type: 'map', values: ['null', values] }
    }
    case 'ROW': {
      const fields: object[] = []
      for (const field of type.fields) {
        const inner = avroOf(field.type, `${name}_${field.name}`)
        if (typeof inner === 'string') return inner
        if (!NAME.test(field.name))
          return `has a field ${field.name}, and a name in Avro has letters, digits and _ only`
        fields.push({ name: field.name, type: ['null', inner], default: null })
      }
      return { type: 'record', name, fields }
    }
    default:
      return `is ${shortTypeName(type)}, which Avro has no type for`
  }
}
