/** Columns as a pipeline file declares them: `status: INT`, `user_id: { type: BIGINT, path: user.id }`. */
import { type Failure, throwAll } from '../../base/failure.ts'
import type { DeclaredColumn } from '../../format/format.ts'
import { bindType } from '../../sql/bind/type.ts'
import type { ColumnEntry } from '../definition.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import type { Path } from '../file/yaml-tree.ts'

/** The columns with their types. Throws a Failure with every type that does not exist. */
export function declaredColumns(
  columns: { readonly [name: string]: ColumnEntry },
  path: Path,
  text: PipelineText,
): readonly DeclaredColumn[] {
  const failures: Failure[] = []
  const declared = Object.entries(columns).flatMap(([name, { type: written, path: found, unit }]) => {
    const syntax = readType(written)
    const bound = syntax === undefined ? { refused: `"${written}" is not a type` } : bindType(syntax)
    if ('refused' in bound) {
      const hint =
        bound.hint ?? 'Types are written as in SQL: STRING, INT, BIGINT, DOUBLE, DECIMAL(10, 2), TIMESTAMP(3).'
      failures.push(text.failure([...path, name], `column ${name}: ${bound.refused}`, { hint }))
      return []
    }
    if (unit !== undefined && bound.type.kind !== 'TIMESTAMP_LTZ') {
      const message = `column ${name}: only numbers of a TIMESTAMP_LTZ(3) have a unit`
      const hint = `Write ${name}: { type: TIMESTAMP_LTZ(3), unit: ${unit} }.`
      failures.push(text.failure([...path, name, 'unit'], message, { hint }))
      return []
    }
    return {
      field: { name, type: bound.type },
      ...(found !== undefined && { path: typeof found === 'string' ? found.split('.') : found }),
      ...(unit !== undefined && { unit }),
    }
  })
  throwAll(failures)
  return declared
}

function readType(written: string): Parameters<typeof bindType>[0] | undefined {
  const [, word, first, second, zone] =
    /^([A-Z_]+(?: [A-Z]+)?)(?:\s*\(\s*(\d+)(?:\s*,\s*(\d+))?\s*\))?(\s+WITH LOCAL TIME ZONE)?$/.exec(
      written.trim().toUpperCase().replaceAll(/\s+/g, ' '),
    ) ?? []
  if (word === undefined) return undefined
  const name = zone === undefined ? word : `${word}_LTZ`
  const parameters = [first, second].filter((digits) => digits !== undefined).map(Number)
  return { name, parameters, range: { start: 0, end: written.length } }
}
