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
      context.fillStyle = strength > 0.62 ? palette.surface : palette.text
      context.fillText(formatBrief(value, unit), (column + 0.5) * cell, (line + 0.5) * LINE_HEIGHT)
    }
  }
  context.globalAlpha = 1
}
