/**
 * Where the parts of a pipeline stand: in columns from left to right, each part right of all that feed it. Within a column, parts
 * stand near those that they are connected with, so that few edges cross. An edge over several columns has a place of its own in
 * each column between, and so passes no part.
 */

export type LayoutEdge = { readonly from: string; readonly to: string }

export type LayoutSize = {
  readonly width: number
  readonly height: number
  /** Between columns, and between the parts of a column. */
  readonly columnGap: number
  readonly rowGap: number
}

export type Point = { readonly x: number; readonly y: number }

export type Layout = {
  readonly width: number
  readonly height: number
  /** The upper left corner of each part. */
  readonly places: ReadonlyMap<string, Point>
  /** The points that each edge passes, from the right side of a part to the left side of another. */
  readonly edges: readonly (LayoutEdge & { readonly points: readonly Point[] })[]
}

/** A part, or the place of an edge in a column between. */
type Spot = { readonly key: string; readonly column: number; readonly height: number; y: number }

type Grid = {
  readonly columns: Spot[][]
  readonly before: ReadonlyMap<Spot, readonly Spot[]>
  readonly after: ReadonlyMap<Spot, readonly Spot[]>
  readonly ways: readonly (LayoutEdge & { readonly spots: readonly Spot[] })[]
}

const SWEEPS = 6
/** Until the parts stand still: each sweep halves what is left. */
const PULLS = 16
/** The height of an edge's place in a column. */
const THIN = 12

/** `ids` are in an order in which each part comes after those that feed it. */
export function layOut(ids: readonly string[], edges: readonly LayoutEdge[], size: LayoutSize): Layout {
  const grid = gridOf(ids, edges, size)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForth = sweep % 2 === 0
    const columns = isForth ? grid.columns : grid.columns.toReversed()
    for (const column of columns) orderBy(column, isForth ? grid.before : grid.after, size)
  }
  for (let sweep = 0; sweep < PULLS; sweep++) {
    for (const column of grid.columns) pull(column, grid, size)
    for (const column of grid.columns.toReversed()) pull(column, grid, size)
  }
  return placed(grid, size)
}

/** The column of each part: right of all that feed it, and next to what it feeds where nothing feeds it. */
function columnsOf(ids: readonly string[], edges: readonly LayoutEdge[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>()
  for (const id of ids) {
    const feeding = edges.filter(({ to }) => to === id).map(({ from }) => columns.get(from) ?? 0)
    columns.set(id, feeding.length === 0 ? 0 : Math.max(...feeding) + 1)
  }
  for (const id of ids.toReversed()) {
    const fed = edges.filter(({ from }) => from === id).map(({ to }) => columns.get(to) ?? 0)
    const isFed = edges.some(({ to }) => to === id)
    if (!isFed && fed.length > 0) columns.set(id, Math.max(0, Math.min(...fed) - 1))
  }
  return columns
}

function gridOf(ids: readonly string[], edges: readonly LayoutEdge[], { height }: LayoutSize): Grid {
  const columnOf = columnsOf(ids, edges)
  const columns: Spot[][] = []
  const add = (key: string, column: number, tall: number): Spot => {
    const spot = { key, column, height: tall, y: 0 }
    while (columns.length <= column) columns.push([])
    columns[column]?.push(spot)
    return spot
  }
  const parts = new Map(ids.map((id) => [id, add(id, columnOf.get(id) ?? 0, height)]))
  const before = new Map<Spot, Spot[]>()
  const after = new Map<Spot, Spot[]>()
  const ways = edges.flatMap((edge) => {
    const [first, last] = [parts.get(edge.from), parts.get(edge.to)]
    if (first === undefined || last === undefined || first.column >= last.column) return []
    const between = Array.from({ length: last.column - first.column - 1 }, (_, index) =>
      add(`${edge.from} → ${edge.to}`, first.column + 1 + index, THIN),
    )
    const spots = [first, ...between, last]
    for (const [index, spot] of spots.slice(1).entries()) {
      const left = spots[index] ?? first
      before.set(spot, [...(before.get(spot) ?? []), left])
      after.set(left, [...(after.get(left) ?? []), spot])
    }
    return [{ ...edge, spots }]
  })
  for (const column of columns) stack(column, 0)
  return { columns, before, after, ways }
}

const middle = ({ y, height }: Spot): number => y + height / 2

function meanOf(spots: readonly Spot[] | undefined): number | undefined {
  if (spots === undefined || spots.length === 0) return undefined
  return spots.reduce((sum, spot) => sum + middle(spot), 0) / spots.length
}

/** Sorts a column by where its neighbours on one side stand; what has none there stays between its own neighbours. */
function orderBy(column: Spot[], neighbours: ReadonlyMap<Spot, readonly Spot[]>, size: LayoutSize): void {
  const wanted = new Map(column.map((spot) => [spot, meanOf(neighbours.get(spot)) ?? middle(spot)]))
  column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
  stack(column, size.rowGap)
}

/** One below the other, around the middle. */
function stack(column: readonly Spot[], gap: number): void {
  const whole = column.reduce((sum, { height }) => sum + height + gap, -gap)
  let y = -whole / 2
  for (const spot of column) {
    spot.y = y
    y += spot.height + gap
  }
}

/** Moves each spot of a column towards its neighbours on both sides, as far as the others leave room; the order stays. */
function pull(column: readonly Spot[], { before, after }: Grid, { rowGap }: LayoutSize): void {
  const wanted = column.map((spot) => {
    const mean = meanOf([...(before.get(spot) ?? []), ...(after.get(spot) ?? [])])
    return mean === undefined ? spot.y : mean - spot.height / 2
  })
  // Neighbours that want the same place are put together to a block, which stands around the mean of what they want.
  type Block = { readonly from: number; sum: number; count: number; height: number }
  const blocks: Block[] = []
  const top = ({ sum, count }: Block) => sum / count
  for (const [index, spot] of column.entries()) {
    blocks.push({ from: index, sum: wanted[index] ?? 0, count: 1, height: spot.height })
    for (let last = blocks.at(-1), over = blocks.at(-2); last !== undefined && over !== undefined; ) {
      if (top(over) + over.height + rowGap <= top(last)) break
      // What each member wants of the block's top is what it wants for itself, less its distance from there.
      over.sum += last.sum - last.count * (over.height + rowGap)
      over.count += last.count
      over.height += rowGap + last.height
      blocks.pop()
      last = blocks.at(-1)
      over = blocks.at(-2)
    }
  }
  for (const [index, block] of blocks.entries()) {
    let y = top(block)
    for (const spot of column.slice(block.from, blocks[index + 1]?.from)) {
      spot.y = y
      y += spot.height + rowGap
    }
  }
}

function placed({ columns, ways }: Grid, { width, columnGap }: LayoutSize): Layout {
  const spots = columns.flat()
  const top = Math.min(0, ...spots.map(({ y }) => y))
  const bottom = Math.max(0, ...spots.map(({ y, height }) => y + height))
  const left = ({ column }: Spot) => column * (width + columnGap)
  const places = new Map(
    spots
      .filter(({ height }) => height !== THIN)
      .map((spot) => [spot.key, { x: left(spot), y: Math.round(spot.y - top) }]),
  )
  const edges = ways.map(({ from, to, spots: way }) => ({
    from,
    to,
    points: way.flatMap((spot, index) => {
      const y = Math.round(middle(spot) - top)
      const [start, end] = [
        { x: left(spot), y },
        { x: left(spot) + width, y },
      ]
      if (index === 0) return [end]
      return index === way.length - 1 ? [start] : [start, end]
    }),
  }))
  const count = columns.length
  return {
    width: Math.max(0, count * width + (count - 1) * columnGap),
    height: Math.round(bottom - top),
    places,
    edges,
  }
}

/** A smooth line through the points of an edge, as the path of an SVG. */
export function curveOf(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let { x, y } = first
  let path = `M${x} ${y}`
  for (const point of rest) {
    const half = (x + point.x) / 2
    path += y === point.y ? `H${point.x}` : `C${half} ${y} ${half} ${point.y} ${point.x} ${point.y}`
    ;({ x, y } = point)
  }
  return path
}
