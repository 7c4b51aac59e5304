/**
 * The columns of a result that name a row (docs/contracts.md, "Each row has a key"): the group and its window; for a Top-N
 * the partition and the rank. They become the record's key: no two rows of one result share a key, and the same row,
 * written again, has the same key.
 */
import { inputsOf, itemPlace } from './inputs.ts'
import type { Plan, PlanOf } from './plan.ts'

/** A part of the key: any column of `enough` is sufficient for it; a column of `also` alone is not. */
type KeyPart = { readonly enough: readonly number[]; readonly also: readonly number[]; readonly name: string }
type Key = { readonly parts: readonly KeyPart[]; readonly lost?: string }

export type RowKey = {
  /** undefined: the rows have no key of their own. */
  readonly rowKey: readonly number[] | undefined
  /** The row key in parts, each with the columns of which any one is enough; undefined as `rowKey`. */
  readonly parts: readonly (readonly number[])[] | undefined
  /** The column that must be selected too for the rows to have a key. */
  readonly lost: string | undefined
}

/** The row key of the plan's result. */
export function rowKeyOf(plan: Plan): RowKey {
  const key = keyOf(plan)
  if (key === undefined || key.lost !== undefined) return { rowKey: undefined, parts: undefined, lost: key?.lost }
  const columns = key.parts.flatMap(({ enough, also }) => [...enough, ...also])
  const rowKey = [...new Set(columns)].sort((a, b) => a - b)
  return { rowKey, parts: key.parts.map(({ enough }) => enough), lost: undefined }
}

function keyOf(plan: Plan): Key | undefined {
  switch (plan.kind) {
    case 'aggregate':
      return { parts: groupParts(plan, plan.keys.keys()) }
    case 'rank':
      return rankKey(plan)
    case 'first':
      return { parts: firstParts(plan) }
    case 'filter':
    case 'sort':
    case 'over':
    case 'changes':
    // A row is in one session.
    case 'session':
      return keyOf(plan.input)
    case 'project': {
      const shown = (column: number) =>
        plan.expressions.flatMap((each, index) => (each.kind === 'column' && each.column === column ? [index] : []))
      return through(keyOf(plan.input), shown)
    }
    case 'window': {
      const key = keyOf(plan.input)
      const end = plan.input.fields.length + 1
      return key && { ...key, parts: [...key.parts, { enough: [end], also: [], name: 'window_end' }] }
    }
    case 'unnest':
      return unnestKey(plan)
    case 'lookup':
      // Several rows that are found for one row share its key.
      return plan.unique ? keyOf(plan.input) : undefined
    case 'join':
      return joinKey(plan)
    case 'expand':
    case 'scan':
    case 'values':
    case 'union':
    case 'alert':
      return undefined
  }
}

/** The key of the row that has the list, and the item's place in that. */
function unnestKey(plan: PlanOf<'unnest'>): Key | undefined {
  const width = plan.kept.length
  const key = through(keyOf(plan.input), (column) => {
    const at = plan.kept.indexOf(column)
    return at < 0 ? [] : [at]
  })
  if (key === undefined || key.lost !== undefined) return key
  const place = plan.parts.indexOf(itemPlace(plan))
  const part = { enough: place < 0 ? [] : [width + place], also: [], name: 'ORDINALITY' }
  const parts = [...key.parts, part]
  return place < 0 ? { parts, lost: part.name } : { parts }
}

/**
 * The keys of both sides. A side of which each row finds at most one has enough with its own: the key of the other is among
 * the columns by which rows are joined. Of a full join, rows of both sides without a pair may have the same NULLs.
 */
function joinKey(plan: PlanOf<'join'>): Key | undefined {
  const { join, left, right, keys } = plan
  const ofLeft = keyOf(left)
  if (join === 'semi' || join === 'anti') return ofLeft
  if (join === 'full') return undefined
  const width = left.fields.length
  const ofRight = through(keyOf(right), (column) => [column + width])
  const leftFinds = isKeyOf(
    keyOf(right),
    keys.map((key) => key.right),
  )
  const rightFinds = isKeyOf(
    ofLeft,
    keys.map((key) => key.left),
  )
  if (leftFinds && join !== 'right') return ofLeft
  if (rightFinds && join !== 'left') return ofRight
  if (ofLeft === undefined || ofRight === undefined) return undefined
  const lost = ofLeft.lost ?? ofRight.lost
  const parts = [...ofLeft.parts, ...ofRight.parts]
  return lost === undefined ? { parts } : { parts, lost }
}

/** Whether no two rows have the same values of the columns. */
const isKeyOf = (key: Key | undefined, columns: readonly number[]): boolean =>
  key !== undefined &&
  key.lost === undefined &&
  key.parts.every(
    ({ enough, also }) =>
      enough.some((column) => columns.includes(column)) && also.every((column) => columns.includes(column)),
  )

/** The key in the columns that a projection shows; `lost` if it shows no column of a part. */
function through(key: Key | undefined, shown: (column: number) => readonly number[]): Key | undefined {
  if (key === undefined || key.lost !== undefined) return key
  const parts = key.parts.map((part) => ({
    ...part,
    enough: part.enough.flatMap(shown),
    also: part.also.flatMap(shown),
  }))
  const lost = parts.find(({ enough }) => enough.length === 0)
  return lost === undefined ? { parts } : { parts, lost: lost.name }
}

/**
 * The group's columns but constants. For the window its end is enough, and so is its start, except where several windows
 * share a start: those of CUMULATE, and sessions, as one may begin anew where one has been. Sessions of several keys may
 * share an end as well; then a group that is not by their key needs both.
 */
function groupParts(plan: PlanOf<'aggregate' | 'rank'>, columns: Iterable<number>): KeyPart[] {
  const parts: KeyPart[] = []
  const window: { enough: number[]; also: number[] } = { enough: [], also: [] }
  const start: number[] = []
  const kind = windowKind(plan.input)
  const marks = plan.kind === 'aggregate' ? marksOf(plan) : undefined
  for (const column of columns) {
    const field = plan.fields[column]
    if (plan.kind === 'aggregate' && (isConstant(plan, column) || marks?.columns.includes(column) === true)) continue
    const mark = plan.windowed ? field?.window : undefined
    if (mark === undefined) parts.push({ enough: [column], also: [], name: field?.name ?? '' })
    else if (mark === 'start' && kind === 'session' && !isOfSession(plan)) start.push(column)
    else if (mark === 'start' && (kind === 'session' || kind === 'cumulate')) window.also.push(column)
    else window.enough.push(column)
  }
  if (marks !== undefined) parts.push(...marks.parts)
  if (!plan.windowed) return parts
  const starts = start.length === 0 ? [] : [{ enough: start, also: [], name: 'window_start' }]
  return [...starts, { ...window, name: 'window_end' }, ...parts]
}

/** Whether the groups are by the key of their sessions, so that no two of a key share an end. */
const isOfSession = ({ input, ...plan }: PlanOf<'aggregate' | 'rank'>): boolean =>
  plan.kind === 'aggregate' && input.kind === 'session' && input.partitionBy.every((key) => plan.keys.includes(key))

/**
 * The key columns of groups that say of which grouping set they are: any one that differs in all sets is enough. Where none does that is
 * more than the number of the set, which is never selected, all of them are needed together.
 */
function marksOf(
  plan: PlanOf<'aggregate'>,
): { readonly columns: readonly number[]; readonly parts: KeyPart[] } | undefined {
  let node = plan.input
  while (node.kind === 'filter') node = node.input
  if (node.kind !== 'expand') return undefined
  const { marks, kept, copied, sets } = node
  const valuesOf = (column: number) => marks[(plan.keys[column] as number) - kept.length - copied.length]
  const columns = [...plan.keys.keys()].filter((column) => valuesOf(column) !== undefined)
  const [, ...shown] = columns
  const differs = (all: readonly number[]) =>
    new Set(Array.from({ length: sets }, (_, set) => all.map((column) => valuesOf(column)?.[set]).join())).size === sets
  const single = columns.filter((column) => differs([column]))
  const grouped = plan.fields
    .slice(0, plan.keys.length)
    .filter((field, column) => !columns.includes(column) && field.window === undefined)
  const isNamed = grouped.every(({ name }) => /^[A-Za-z]\w*$/.test(name))
  const name = isNamed
    ? `GROUPING_ID(${grouped.map(({ name }) => name).join(', ')})`
    : 'GROUPING_ID of all that is grouped by'
  if (single.length > 1 || !differs(shown)) return { columns, parts: [{ enough: single, also: [], name }] }
  return { columns, parts: shown.map((column) => ({ enough: [column], also: [], name })) }
}

function isConstant({ input, keys }: PlanOf<'aggregate'>, column: number): boolean {
  return input.kind === 'project' && input.expressions[keys[column] as number]?.kind === 'literal'
}

/** The kind of the windows that a plan's rows are in; undefined without any. Both sides of a window join have the same. */
export function windowKind(plan: Plan): string | undefined {
  if (plan.kind === 'session') return 'session'
  if (plan.kind === 'window') return plan.window.kind
  const [first] = inputsOf(plan)
  return first && windowKind(first)
}

/** Each key has one row, or one for each time at which it began anew. */
function firstParts({ fields, partitionBy, time, ttl }: PlanOf<'first'>): KeyPart[] {
  const columns = ttl === undefined ? partitionBy : [...partitionBy, time]
  return columns.map((column) => ({ enough: [column], also: [], name: fields[column]?.name ?? '' }))
}

/** Partition and rank; where the rank is not selected, the key that the rows had before they were ranked. */
function rankKey(plan: PlanOf<'rank'>): Key | undefined {
  const parts = groupParts(plan, plan.partitionBy)
  if (plan.from === plan.to) return { parts }
  if (!plan.withRank) return keyOf(plan.input)
  return { parts: [...parts, { enough: [plan.fields.length - 1], also: [], name: 'the rank' }] }
}
