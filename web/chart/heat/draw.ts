/** Draws the cells of a heat map on a canvas, sharp on screens of any density. */
import type { Palette } from '../palette.ts'
import { formatBrief, type Unit } from '../unit.ts'
import type { Cells } from './cells.ts'

/** Of a line of cells, in CSS pixels; the style sheet gives the names the same. */
export const LINE_HEIGHT = 22
/** A number needs this much room. */
const TEXT_WIDTH = 36
/** The colour of the least value that is not 0 can still be seen. */
const FAINTEST = 0.12

export function drawCells(canvas: HTMLCanvasElement, cells: Cells, unit: Unit, palette: Palette): void {
  const { across, down, values, most } = cells
  const context = canvas.getContext('2d')
  const width = canvas.clientWidth
  const height = down.length * LINE_HEIGHT
  if (context === null || width === 0 || height === 0) return
  const density = devicePixelRatio
  // Setting a size, even the same one, also clears the canvas.
  canvas.width = Math.round(width * density)
  canvas.height = Math.round(height * density)
  context.scale(density, density)
  const cell = width / across.length
  const room = cell > 6 ? 1 : 0
  const turn = turnOf(palette)
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  for (let line = 0; line < down.length; line++) {
    for (let column = 0; column < across.length; column++) {
      const value = values[line * across.length + column] ?? Number.NaN
      if (Number.isNaN(value)) continue
      const share = most === 0 ? 0 : Math.sqrt(Math.abs(value) / most)
      const strength = value === 0 ? 0.04 : FAINTEST + (1 - FAINTEST) * share
      context.globalAlpha = strength
      context.fillStyle = palette.line(0)
      context.fillRect(column * cell, line * LINE_HEIGHT, cell - room, LINE_HEIGHT - 1)
      if (cell < TEXT_WIDTH) continue
      context.globalAlpha = 1
      context.fillStyle = strength > turn ? palette.surface : palette.text
      context.fillText(formatBrief(value, unit), (column + 0.5) * cell, (line + 0.5) * LINE_HEIGHT)
    }
  }
  context.globalAlpha = 1
}

/** The strength from which on a text in the colour of the ground is easier to read than one in the colour of texts. */
function turnOf({ line, surface, text }: Palette): number {
  const [ground, colour] = [rgbOf(surface), rgbOf(line(0))]
  const [light, dark] = [lightnessOf(ground), lightnessOf(rgbOf(text))]
  for (let strength = 0; strength < 1; strength += 0.05) {
    const mixed = lightnessOf(ground.map((part, index) => part + ((colour[index] ?? 0) - part) * strength))
    if (contrastOf(mixed, light) > contrastOf(mixed, dark)) return strength
  }
  return 1
}

/** Of `rgb(23, 27, 31)`. */
const rgbOf = (colour: string): readonly number[] => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)

/** The relative luminance and the contrast of WCAG 2. */
function lightnessOf(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const contrastOf = (one: number, other: number): number => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
