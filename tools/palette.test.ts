/** The colours of `1-tokens.css`: legible in both themes, and told apart by readers who do not see red, green or blue. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Rgb = readonly [number, number, number]

const sheet = readFileSync('web/style/1-tokens.css', 'utf8')
const tokens = [...sheet.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
  ([, name = '', light = '', dark = '']) => ({
    name,
    light: rgb(light),
    dark: rgb(dark),
  }),
)
const colour = (name: string, theme: 'light' | 'dark'): Rgb => {
  const found = tokens.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no colour ${name}`)
  return found[theme]
}

function rgb(hex: string): Rgb {
  const at = (start: number) => Number.parseInt(hex.slice(start, start + 2), 16) / 255
  return [at(1), at(3), at(5)]
}

const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** The contrast ratio of WCAG 2. */
function contrast(one: Rgb, other: Rgb): number {
  const light = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  const [low = 0, high = 0] = [light(one), light(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Machado, Oliveira and Fernandes 2009, for a sense that is missing: applied to linear light. */
const SIGHTS = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const

/** Oklab, in which a distance of 0.02 is just seen side by side. */
function oklab(given: Rgb, sight: keyof typeof SIGHTS): Rgb {
  const [r, g, b] = given.map(linear) as unknown as Rgb
  const m = SIGHTS[sight]
  const [x, y, z] = [0, 3, 6].map((row) =>
    Math.max(0, (m[row] ?? 0) * r + (m[row + 1] ?? 0) * g + (m[row + 2] ?? 0) * b),
  ) as unknown as Rgb
  const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z)
  const w = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z)
  const s = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z)
  return [
    0.2104542553 * l + 0.793617785 * w - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * w + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * w - 0.808675766 * s,
  ]
}

const distance = (one: Rgb, other: Rgb): number => Math.hypot(...one.map((value, index) => value - (other[index] ?? 0)))

/** Five times what is just seen. */
const APART = 0.1
const THEMES = ['light', 'dark'] as const
const TEXTS = ['text', 'muted', 'accent', 'good', 'busy', 'warn', 'bad', 'off']
const GROUNDS = ['ground', 'surface', 'raised', 'sunken']
const SERIES = Array.from({ length: 8 }, (_, index) => `series-${index + 1}`)

test('text is legible on every ground', () => {
  const pairs = [
    ...TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)),
    ...['text', 'bad'].map((text) => [text, 'bad-ground'] as const),
    ...['text', 'warn'].map((text) => [text, 'warn-ground'] as const),
    ...['text', 'good'].map((text) => [text, 'good-ground'] as const),
    ...['text', 'accent'].map((text) => [text, 'accent-ground'] as const),
    ['on-accent', 'accent'] as const,
  ]
  const poor = THEMES.flatMap((theme) =>
    pairs
      .map(([text, ground]) => ({ theme, text, ground, ratio: contrast(colour(text, theme), colour(ground, theme)) }))
      .filter(({ ratio }) => ratio < 4.5),
  )
  expect(poor).toEqual([])
})

test('lines of charts, and the edges of what is written into, stand out from what is behind them', () => {
  const poor = THEMES.flatMap((theme) =>
    [...SERIES, 'line-strong']
      .flatMap((name) => ['surface', 'raised'].map((ground) => ({ theme, name, ground })))
      .map((one) => ({ ...one, ratio: contrast(colour(one.name, theme), colour(one.ground, theme)) }))
      .filter(({ ratio }) => ratio < 3),
  )
  expect(poor).toEqual([])
})

test('the first six series are told apart with any kind of sight, and all eight with full sight', () => {
  const close = THEMES.flatMap((theme) =>
    (Object.keys(SIGHTS) as (keyof typeof SIGHTS)[]).flatMap((sight) => {
      const names = sight === 'all' ? SERIES : SERIES.slice(0, 6)
      return names.flatMap((one, index) =>
        names.slice(index + 1).flatMap((other) => {
          const apart = distance(oklab(colour(one, theme), sight), oklab(colour(other, theme), sight))
          return apart < APART ? [`${theme} ${sight}: ${one} and ${other}: ${apart.toFixed(3)}`] : []
        }),
      )
    }),
  )
  expect(close).toEqual([])
})
