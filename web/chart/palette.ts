/**
 * The colours of charts, from the custom properties of the page, for what a canvas draws. Colours alone never tell lines apart: those
 * from the fifth on are dashed, and the legend, the tooltip and the table name all of them.
 */

export type Palette = {
  /** Of line `place`, from 0. */
  line(place: number): string
  readonly text: string
  readonly muted: string
  readonly rule: string
  readonly surface: string
}

const COLOURS = 8
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [8, 3, 2, 3]]

/** The name of the custom property with the colour of a line. */
export const colourName = (place: number): string => `--series-${(place % COLOURS) + 1}`

/** Lengths of dashes and the room between them; none is a line without. */
export const dashOf = (place: number): readonly number[] => DASHES[Math.floor(place / 4) % DASHES.length] ?? []

/** The colours as they are shown inside an element now. */
export function readPalette(host: Element): Palette {
  const probe = document.createElement('i')
  host.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const lines = Array.from({ length: COLOURS }, (_, place) => read(colourName(place)))
  const palette = {
    line: (place: number) => lines[place % COLOURS] ?? '',
    text: read('--text'),
    muted: read('--muted'),
    rule: read('--line'),
    surface: read('--surface'),
  }
  probe.remove()
  return palette
}

/** Calls the listener when the page is shown in the other theme; gives the function that ends it. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const observer = new MutationObserver(listener)
  system.addEventListener('change', listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => {
    system.removeEventListener('change', listener)
    observer.disconnect()
  }
}
