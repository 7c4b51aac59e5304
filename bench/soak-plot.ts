/** Draws the samples of `soak.ts`: panels over one axis of time, each from zero. NaN is left out. */

export type Panel = {
  readonly title: string
  readonly unit: string
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[]
}

const LEFT = 70
const WIDTH = 640
const HEIGHT = 110
const STRIDE = 170
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']

/** `seconds` are the times of the values, ascending. */
export function plot(title: string, seconds: readonly number[], panels: readonly Panel[]): string {
  const height = 40 + panels.length * STRIDE
  const drawn = panels.map(
    (panel, index) => `<g transform="translate(0 ${60 + index * STRIDE})">\n${draw(panel, seconds)}\n</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 ${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${title}</title>`,
    `<rect width="860" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-size="15">${title}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function draw({ title, unit, lines }: Panel, seconds: readonly number[]): string {
  const top = roundUp(Math.max(1e-9, ...lines.flatMap(({ values }) => values.filter(Number.isFinite))))
  const end = seconds.at(-1) ?? 1
  const x = (at: number) => (LEFT + (WIDTH * at) / end).toFixed(1)
  const y = (value: number) => (HEIGHT - (HEIGHT * value) / top).toFixed(1)
  const levels = [0, top / 2, top].map(
    (level) =>
      `<path stroke="#ddd" d="M${LEFT} ${y(level)}H${LEFT + WIDTH}"/><text x="${LEFT - 6}" y="${y(level)}" dy="4" text-anchor="end">${level}</text>`,
  )
  const minutes = Array.from({ length: 6 }, (_, tick) => (end * tick) / 5).map(
    (at) => `<text x="${x(at)}" y="${HEIGHT + 16}" text-anchor="middle">${(at / 60).toFixed(1)} min</text>`,
  )
  const drawn = lines.map(({ name, values }, index) => {
    const points = values
      .flatMap((value, i) => (Number.isFinite(value) ? `${x(seconds[i] ?? 0)},${y(value)}` : []))
      .join(' ')
    const label = `<text x="${LEFT + WIDTH + 8}" y="${16 + 18 * index}" fill="${COLOURS[index]}">${name}</text>`
    return `<polyline fill="none" stroke="${COLOURS[index]}" stroke-width="1.2" points="${points}"/>${label}`
  })
  return [`<text x="${LEFT}" y="-8">${title}, ${unit}</text>`, ...levels, ...minutes, ...drawn].join('\n')
}

/** The next 1, 2, 4, 5, 6 or 8 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return Number(([1, 2, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power)
}
