/** A series as a small line without axes: a shape to look at, beside the number that it is about. */
import type { VNode } from 'preact'

type Props = {
  readonly values: readonly number[]
  /** The number of points of the whole width, at least; fewer values stand at the right. */
  readonly points?: number
  readonly width?: number
  readonly height?: number
  /** In words: "rate of the last 5 minutes"; without one it only adorns. */
  readonly label?: string
}

export function Sparkline({ values, points = 1, width = 96, height = 20, label }: Props): VNode {
  const paths = pathsOf(values, { points: Math.max(points, values.length), width, height })
  const box = { class: 'spark', viewBox: `0 0 ${width} ${height}`, width, height }
  const inside = [
    <path key="area" class="spark-area" d={paths.area} />,
    <path key="line" class="spark-line" d={paths.line} />,
  ]
  if (label === undefined)
    return (
      <svg {...box} aria-hidden="true">
        {inside}
      </svg>
    )
  return (
    <svg {...box} role="img" aria-label={label}>
      {inside}
    </svg>
  )
}

type Box = { readonly points: number; readonly width: number; readonly height: number }

/** The bottom is 0, so that the area tells amounts. A value that is not known interrupts the line. */
export function pathsOf(values: readonly number[], { points, width, height }: Box): { line: string; area: string } {
  const top = Math.max(1e-9, ...values.filter((value) => !Number.isNaN(value)))
  const x = (index: number) => ((index + points - values.length) * width) / Math.max(1, points - 1)
  const y = (value: number) => height - 1 - (Math.max(0, value) / top) * (height - 2)
  let line = ''
  let area = ''
  let start = -1
  for (let index = 0; index <= values.length; index++) {
    const value = values[index]
    if (value !== undefined && !Number.isNaN(value)) {
      const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`
      line += start < 0 ? `M${point}` : `L${point}`
      area += start < 0 ? `M${x(index).toFixed(1)} ${height}L${point}` : `L${point}`
      if (start < 0) start = index
    } else if (start >= 0) {
      area += `L${x(index - 1).toFixed(1)} ${height}Z`
      start = -1
    }
  }
  return { line, area }
}
