/**
 * `--with`: one file laid over another.
 *
 * Groups of keys are merged, lists and scalars replace what was there, and `null` removes it. A part that is given another
 * kind (`hdfs` over `files`, `top` over `sql`) loses the old kind and keeps its other keys, such as `from` and `to`. A short
 * spelling means what it stands for: `csv: out.csv` over `csv: { header: false }` gives both options.
 *
 * The outcome knows which of the two files each of its parts comes from, so that a mistake is shown where it was written.
 */
import { Failure } from '../../base/failure.ts'
import { kindsOf, partsOf, type Schema, spelledOut } from './schema-parts.ts'
import { meant } from './shown.ts'
import { type Group, isGroup, type Path, pathKey, type Tree } from './yaml-tree.ts'

type Laying = {
  readonly above: Tree
  /** Paths whose whole content the upper file wrote. */
  readonly taken: Set<string>
  /** Paths of groups whose kind the upper file chose, or from which it removed something: whatever they lack is its doing. */
  readonly decided: Set<string>
}

/** The outcome of laying `above` over `below`. Throws a Failure where `above` removes what is not there. */
export function layOver(below: Tree, above: Tree, schema: Schema): Tree {
  const { value: over = null } = above
  // A file of comments alone changes nothing; a file that is no pipeline is reported for what it is.
  if (over === null || !isGroup(below.value)) return below
  if (!isGroup(over)) {
    const message = 'what is laid over a pipeline is a group of keys, as the pipeline is'
    const place = above.place([], 'value')
    throw new Failure('pipeline', place === undefined ? `${above.fileOf([])}: ${message}` : message, { place })
  }
  const laying: Laying = { above, taken: new Set(), decided: new Set() }
  const value = merged(below.value, over, [], { schemas: [schema], laying })
  const { taken, decided } = laying
  const ownerOf = (path: Path): Tree =>
    decided.has(pathKey(path)) || path.some((_, index) => taken.has(pathKey(path.slice(0, index + 1)))) ? above : below
  return {
    value,
    repeated: [...below.repeated, ...above.repeated],
    fileOf: (path) => ownerOf(path).fileOf(path),
    place: (path, part) => ownerOf(path).place(path, part),
    origin: (path) => ownerOf(path).origin(path),
    isChanged: (path) => ownerOf(path).isChanged(path),
  }
}

type At = { readonly schemas: readonly Schema[]; readonly laying: Laying }

function merged(under: unknown, over: unknown, path: Path, { schemas, laying }: At): unknown {
  const hasGroup = isGroup(under) || isGroup(over)
  const before = hasGroup ? spelledOut(under, schemas) : under
  const after = hasGroup ? spelledOut(over, schemas) : over
  if (!isGroup(before) || !isGroup(after)) {
    laying.taken.add(pathKey(path))
    return over
  }
  const parts = new Map(Object.entries(before))
  changeKind(parts, after, path, { schemas, laying })
  for (const [key, value] of Object.entries(after)) {
    const at = [...path, key]
    if (value === null) remove(key, before, at, laying)
    const inner = parts.has(key) && value !== null
    if (value === null) parts.delete(key)
    else parts.set(key, inner ? merged(parts.get(key), value, at, { schemas: partsOf(schemas, key), laying }) : value)
    if (!inner) laying.taken.add(pathKey(at))
  }
  return Object.fromEntries(parts)
}

/** Drops the old kind of a part if it is given another one. */
function changeKind(parts: Map<string, unknown>, over: Group, path: Path, { schemas, laying }: At): void {
  const kinds = kindsOf(schemas)
  const given = kinds.filter((kind) => (over[kind] ?? null) !== null)
  if (given.length === 0 || (given.length === 1 && parts.has(given[0] as string))) return
  laying.decided.add(pathKey(path))
  for (const kind of kinds) if (!given.includes(kind)) parts.delete(kind)
}

function remove(key: string, before: Group, path: Path, { above, decided }: Laying): void {
  decided.add(pathKey(path.slice(0, -1)))
  if (Object.hasOwn(before, key)) return
  const message = `there is no ${path.join('.')} to remove`
  const place = above.place(path, 'key')
  throw new Failure('pipeline', place === undefined ? `${above.fileOf(path)}: ${message}` : message, {
    place,
    hint: meant(key, Object.keys(before)),
  })
}
