/** Warns of columns whose names need backquotes in SQL, as they are reserved words there. */
import { columnsIn, type WrittenColumn } from '../../format/declared-columns.ts'
import type { OpenFormat } from '../../format/format.ts'
import { insideIn } from '../../format/open.ts'
import { reserved } from '../../sql/syntax/reserved.ts'
import type { Path } from '../file/yaml-tree.ts'
import type { Checking } from './checking.ts'

const isReserved = (name: string): boolean => reserved.has(name.toUpperCase())
const messageOf = (name: string): string => `${name} is a reserved word: SQL has to say \`${name}\`, in backquotes`

/** Warns of the names that the file gives to columns. */
export function warnOfReserved({ file, text, warnings }: Checking): void {
  const warn = (path: Path, name: string, entry: string) => {
    const hint = `Or give the column another name: ${name}_: ${entry}`
    warnings.push(text.failure([...path, name], messageOf(name), { at: 'key', hint }))
  }
  for (const [topic, { format, columns: added = {} }] of Object.entries(file.topics)) {
    for (const [name, written] of Object.entries(added).filter(([name]) => isReserved(name))) {
      const renamed = written.trim().replace(/\bMETADATA(?=(\s+VIRTUAL)?$)/i, `METADATA FROM '${name}'`)
      warn(['topics', topic, 'columns'], name, renamed)
    }
    for (const { kind, path, columns } of declaredIn(format, ['topics', topic, 'format'])) {
      for (const [name, column] of columns.filter(([name]) => isReserved(name))) {
        warn([...path, 'columns'], name, entryOf(kind, name, column))
      }
    }
  }
}

/** Warns of the names that columns have from an option of the format, such as the groups of a pattern. */
export function warnOfNames(topic: string, { fields }: OpenFormat, checking: Checking): void {
  const { file, text, warnings } = checking
  const known = declaredIn(file.topics[topic]?.format ?? {}, []).flatMap(({ columns }) => columns.map(([name]) => name))
  for (const { name } of fields.filter((field) => isReserved(field.name) && !known.includes(field.name))) {
    warnings.push(text.failure(['topics', topic, 'format'], messageOf(name)))
  }
}

type Declared = {
  readonly kind: string
  /** Of the options that declare them. */
  readonly path: Path
  readonly columns: readonly (readonly [name: string, column: WrittenColumn])[]
}

/** The columns that a format, and one inside it, declare. */
function declaredIn(format: { readonly [kind: string]: unknown }, path: Path): readonly Declared[] {
  return Object.entries(format).flatMap(([kind, options]) => {
    const at = [...path, kind]
    const within = insideIn(options).flatMap(([column, inner]) => declaredIn(inner, [...at, 'inside', column]))
    return [{ kind, path: at, columns: Object.entries(columnsIn(options)) }, ...within]
  })
}

/** What to write behind the new name. Fields of csv belong to columns by their place. */
function entryOf(kind: string, name: string, { type, path = name, unit }: WrittenColumn): string {
  const place = typeof path === 'string' && /^\w[\w.]*$/.test(path) ? path : JSON.stringify(path)
  const parts = [`type: ${type}`, kind === 'json' ? `path: ${place}` : [], unit === undefined ? [] : `unit: ${unit}`]
  return parts.flat().length === 1 ? type : `{ ${parts.flat().join(', ')} }`
}
