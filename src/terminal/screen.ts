/**
 * The lower part of a terminal, shared by all that draw there in place: one panel each, in the order they were opened.
 *
 * A drawing is one write: back to its top, every line replaced and its rest erased, so nothing flickers; it is never higher
 * than the terminal, so the way back is always right. What is to stay is written above it.
 */

import type { Clock } from '../base/clock.ts'

export type Terminal = NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number }

export type Panel = {
  /** The panel as it is now, in at most so many lines of at most so many cells. */
  draw(width: number, height: number): readonly string[]
  /** How many lines it would like. */
  height(): number
}

const ERASE_LINE = '\x1b[K'
const ERASE_BELOW = '\x1b[J'
/** Terminals that know it show all that comes between at once; others pass it over. */
const HOLD = '\x1b[?2026h'
const RELEASE = '\x1b[?2026l'

const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** Drawings are at least so far apart: what changes in between is seen in the next one. */
const PAUSE_MS = 100

export class Screen {
  readonly #terminal: Terminal
  readonly #panels = new Set<Panel>()
  readonly #closed = new Set<Panel>()
  #drawn = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #timer: AbortController | undefined

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  open(panel: Panel): void {
    this.#panels.add(panel)
  }

  /** The panel changes no more. When none does, the last drawing stays on the terminal. */
  close(panel: Panel): void {
    this.#closed.add(panel)
    if (this.#closed.size < this.#panels.size) return
    this.#timer?.abort()
    this.#write('')
    this.#panels.clear()
    this.#closed.clear()
    this.#drawn = 0
  }

  /** Writes text that stays, above the panels. It must end with a line end. */
  above(text: string): void {
    this.#write(text)
  }

  /** A panel has changed: it is drawn now, or soon where the last drawing was just now. */
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
    this.#write('')
  }

  #write(above: string): void {
    const lines = this.#lines()
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : ''
    const kept = above.replaceAll('\n', `${ERASE_LINE}\n`)
    const drawn = lines.map((line) => `${line}${ERASE_LINE}\n`).join('')
    this.#terminal.write(`${HOLD}${up}${kept}${drawn}${ERASE_BELOW}${RELEASE}`)
    this.#drawn = lines.length
  }

  /** Room is shared out evenly; what one panel does not need goes to the others. */
  #lines(): string[] {
    let room = this.#rows() - 1
    const heights = new Map<Panel, number>()
    const byHeight = [...this.#panels].sort((a, b) => a.height() - b.height())
    for (const [index, panel] of byHeight.entries()) {
      const height = Math.min(panel.height(), Math.floor(room / (byHeight.length - index)))
      heights.set(panel, height)
      room -= height
    }
    return [...this.#panels].flatMap((panel) => panel.draw(this.#width(), heights.get(panel) ?? 0))
  }

  /** One cell less than there is, as some terminals wrap in the last one. One that says 0 does not know. */
  #width(): number {
    return Math.max(1, (this.#terminal.columns || DEFAULT_COLUMNS) - 1)
  }

  #rows(): number {
    return Math.max(2, this.#terminal.rows || DEFAULT_ROWS)
  }
}

const screens = new WeakMap<NodeJS.WritableStream, Screen>()

/** The one screen of a terminal. */
export function screenOf(terminal: Terminal): Screen {
  const known = screens.get(terminal)
  if (known !== undefined) return known
  const screen = new Screen(terminal)
  screens.set(terminal, screen)
  return screen
}
