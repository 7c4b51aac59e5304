/**
 * The lower part of a terminal, where panels are drawn in place, in the order in which they were opened.
 *
 * A drawing is one write: the cursor goes back to its top, and every line is replaced and its rest erased, so nothing
 * flickers. It is never higher than the terminal, so the way back is always right. Text that stays is written above it.
 *
 * A terminal that changes its size breaks lines anew, each in its own way, so nobody knows where the last drawing is: the
 * terminal is cleared and drawn again.
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
const HOME = '\x1b[H'
/** A terminal that knows these shows what comes between them at once; others ignore them. */
const HOLD = '\x1b[?2026h'
const RELEASE = '\x1b[?2026l'

const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** Lines of text above the panels that are written again on a cleared terminal. */
const KEPT_LINES = 50

/** The least time between two drawings. */
const PAUSE_MS = 100

/** Draws the panels that are open on a terminal. One terminal has one screen: all who draw on it share this. */
export class Screen {
  readonly #terminal: OutputStream
  readonly #panels = new Set<Panel>()
  readonly #closed = new Set<Panel>()
  #drawn = 0
  /** The size of the terminal at the last drawing. */
  #size = ''
  #kept: readonly string[] = []
  #drawnAt = Number.NEGATIVE_INFINITY
  #timer: AbortController | undefined

  constructor(terminal: OutputStream) {
    this.#terminal = terminal
  }

  open(panel: Panel): void {
    if (this.#panels.size === 0) this.#terminal.on('resize', this.#resized)
    this.#panels.add(panel)
  }

  /** Takes a panel away, so that it is not in the last drawing. */
  remove(panel: Panel): void {
    if (!this.#panels.delete(panel)) return
    this.#closed.delete(panel)
    if (this.#panels.size > 0) this.above('')
    this.#endWithLast()
  }

  /** The panel will not change again. When all panels are closed, the last drawing stays on the terminal. */
  close(panel: Panel): void {
    this.#closed.add(panel)
    this.#endWithLast()
  }

  #endWithLast(): void {
    if (this.#closed.size < this.#panels.size) return
    this.#timer?.abort()
    this.#timer = undefined
    this.above('')
    this.#terminal.off('resize', this.#resized)
    this.#panels.clear()
    this.#closed.clear()
    this.#drawn = 0
    this.#kept = []
  }

  readonly #resized = (): void => this.above('')

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
    const { columns, rows } = this.#terminal
    const size = `${columns}x${rows}`
    const isResized = this.#drawn > 0 && size !== this.#size
    const room = Math.max(0, (rows || DEFAULT_ROWS) - 1 - lines.length)
    const again = isResized && room > 0 ? this.#kept.slice(-room) : []
    const added = text.split('\n').slice(0, -1)
    const drawn = [...again, ...added, ...lines].map((line) => `${line}${ERASE_LINE}\n`).join('')
    this.#terminal.write(`${HOLD}${this.#way(isResized)}${drawn}${ERASE_BELOW}${RELEASE}`)
    this.#drawn = lines.length
    this.#size = size
    this.#kept = [...this.#kept, ...added].slice(-KEPT_LINES)
  }

  /** The way to the top of the last drawing, or of the terminal where it has another size now. */
  #way(isResized: boolean): string {
    if (isResized) return `${HOME}${ERASE_BELOW}`
    return this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : ''
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
