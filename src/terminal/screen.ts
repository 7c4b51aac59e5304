/**
 * The lower part of a terminal, where panels are drawn in place, in the order in which they were opened.
 *
 * A drawing is one write: the cursor goes back to its top, and every line is replaced and its rest erased, so nothing
 * flickers. It is never higher than the terminal, so the way back is always right. Text that stays is written above it.
 */
import type { Clock } from '../base/clock.ts'
import type { OutputStream } from './colour.ts'

export type Panel = {
  /** The panel as it is now, in at most `height` lines of at most `width` cells. */
  draw(width: number, height: number): readonly string[]
  /** How many lines it has when there is room for all. */
  height(): number
}

const ERASE_LINE = '\x1b[K'
const ERASE_BELOW = '\x1b[J'
/** A terminal that knows these shows what comes between them at once; others ignore them. */
const HOLD = '\x1b[?2026h'
const RELEASE = '\x1b[?2026l'

const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** The least time between two drawings. */
const PAUSE_MS = 100

/** Draws the panels that are open on a terminal. One terminal has one screen: all who draw on it share this. */
export class Screen {
  readonly #terminal: OutputStream
  readonly #panels = new Set<Panel>()
  readonly #closed = new Set<Panel>()
  #drawn = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #timer: AbortController | undefined

  constructor(terminal: OutputStream) {
    this.#terminal = terminal
  }

  open(panel: Panel): void {
    this.#panels.add(panel)
  }

  /** The panel will not change again. When all panels are closed, the last drawing stays on the terminal. */
  close(panel: Panel): void {
    this.#closed.add(panel)
    if (this.#closed.size < this.#panels.size) return
    this.#timer?.abort()
    this.above('')
    this.#panels.clear()
    this.#closed.clear()
    this.#drawn = 0
  }

  /** Draws the panels, now or when the last drawing is long enough ago. */
  changed(clock: Clock): void {
    if (this.#timer !== undefined) return
    const wait = this.#drawnAt + PAUSE_MS - clock.elapsed()
    if (wait <= 0) {
      this.#draw(clock)
      return
    }
    const timer = new AbortController()
    this.#timer = timer
    clock.sleep(wait, timer.signal).then(
      () => this.#draw(clock),
      () => undefined,
    )
  }

  #draw(clock: Clock): void {
    this.#timer = undefined
    this.#drawnAt = clock.elapsed()
    this.above('')
  }

  /** Writes text above the panels, where it stays, and draws them again. It must end with a line end. */
  above(text: string): void {
    const lines = this.#lines()
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : ''
    const kept = text.replaceAll('\n', `${ERASE_LINE}\n`)
    const drawn = lines.map((line) => `${line}${ERASE_LINE}\n`).join('')
    this.#terminal.write(`${HOLD}${up}${kept}${drawn}${ERASE_BELOW}${RELEASE}`)
    this.#drawn = lines.length
  }

  /** The panels share the terminal evenly; room that one does not need goes to the others. */
  #lines(): string[] {
    const { columns, rows } = this.#terminal
    // One cell less than there is, as some terminals wrap in the last one. A terminal that says 0 does not know its width.
    const width = Math.max(1, (columns || DEFAULT_COLUMNS) - 1)
    let room = Math.max(2, rows || DEFAULT_ROWS) - 1
    const heights = new Map<Panel, number>()
    const byHeight = [...this.#panels].sort((a, b) => a.height() - b.height())
    for (const [index, panel] of byHeight.entries()) {
      const height = Math.min(panel.height(), Math.floor(room / (byHeight.length - index)))
      heights.set(panel, height)
      room -= height
    }
    return [...this.#panels].flatMap((panel) => panel.draw(width, heights.get(panel) ?? 0))
  }
}
