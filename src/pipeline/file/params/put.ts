/**
 * Puts the parameters into a pipeline, in scalars only, once all files and options are laid over each other. A scalar that is a
 * use and nothing else becomes the typed value. Options that are SQL get literals (`in-sql.ts`).
 */
import { nearest } from '../../../base/nearest.ts'
import { isSecretPart, isSqlText, partsOf, type Schema } from '../schema-parts.ts'
import { isGroup, type Path, pathKey } from '../yaml-tree.ts'
import { putInto, putIntoSql } from './in-sql.ts'
import type { Param } from './param.ts'
import { hasParam, PARAM_USE } from './use.ts'

export type Putting = {
  readonly params: ReadonlyMap<string, Param>
  /** Called where a scalar names a parameter that is not among them. */
  unknown(path: Path, name: string): void
  /** Called where a scalar is refused for another reason. */
  refuse(path: Path, message: string, hint: string): void
}

export type PutParams = {
  readonly value: unknown
  /** The paths of scalars that were changed, see `pathKey`. */
  readonly changed: ReadonlySet<string>
  /** Names of the parameters that something uses. */
  readonly used: ReadonlySet<string>
  /** Whether something names a parameter that is not known, and not near to one: then nothing else can be said of the pipeline. */
  readonly isUnsettled: boolean
}

type Part = { readonly schemas: readonly Schema[]; readonly isSecret: boolean }

/** The pipeline with its parameters put in. In place of a misspelt one, the one that was probably meant is put in. */
export function putParams(whole: unknown, schema: Schema, { params, unknown, refuse }: Putting): PutParams {
  const changed = new Set<string>()
  const used = new Set<string>()
  let isUnsettled = false

  const scalar = (text: string, path: Path, { schemas, isSecret }: Part): unknown => {
    if (isSecret) {
      refuse(
        path,
        'a secret cannot come from a parameter',
        'Write ${VAR} or ${file:path}: others can see what --set says.',
      )
      return text
    }
    if (/\$\{params\.[^}]*$/.test(text)) refuse(path, 'a ${params.… has no } at its end', 'Write ${params.NAME}.')
    changed.add(pathKey(path))
    const find = (name: string): Param => {
      used.add(name)
      const found = params.get(name)
      if (found !== undefined) return found
      unknown(path, name)
      const likely = params.get(nearest(name, params.keys()) ?? '')
      if (likely === undefined) isUnsettled = true
      return likely ?? NOTHING
    }
    if (schemas.some((one) => isSqlText(one, text))) return putIntoSql(text, find)
    const [use, name] = [...text.matchAll(PARAM_USE)][0] ?? []
    if (use === text && name !== undefined && !text.startsWith('$$')) return find(name).value
    return putInto(text, (named) => String(find(named).value))
  }

  const inside = (value: unknown, path: Path, part: Part): unknown => {
    if (typeof value === 'string') return hasParam(value) ? scalar(value, path, part) : value
    const next = (inner: unknown, key: string | number): unknown => {
      const isSecret = part.isSecret || isSecretPart(part.schemas, String(key))
      return inside(inner, [...path, key], { schemas: partsOf(part.schemas, String(key)), isSecret })
    }
    if (Array.isArray(value)) return value.map(next)
    if (!isGroup(value)) return value
    const isDeclaration = (key: string) => path.length === 0 && key === 'params'
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, isDeclaration(key) ? inner : next(inner, key)]),
    )
  }
  const value = inside(whole, [], { schemas: [schema], isSecret: false })
  return { value, changed, used, isUnsettled }
}

/** In place of a parameter that is not known: nothing more is made of the pipeline. */
const NOTHING: Param = { name: '', type: 'text', value: '', sql: 'NULL' }
