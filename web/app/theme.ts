/** Light, dark, or as the system has it: kept in this browser. */
import { createStore, type Store, useStore } from '../api/store.ts'

export type Theme = 'light' | 'dark'
export type ThemeChoice = Theme | 'system'

const KEY = 'tailrace.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

export function chosenTheme(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    // A browser may forbid it.
    return 'system'
  }
}

const choice: Store<ThemeChoice> = createStore(chosenTheme())
const isDark: Store<boolean> = createStore(system.matches)
system.addEventListener('change', () => isDark.set(system.matches))

export function applyTheme(theme: ThemeChoice): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function chooseTheme(theme: ThemeChoice): void {
  applyTheme(theme)
  choice.set(theme)
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // It holds for this page only.
  }
}

export const useThemeChoice = (): ThemeChoice => useStore(choice, (theme) => theme)

/** What is shown: for what is drawn with colours of its own, such as a canvas. */
export function useTheme(): Theme {
  const chosen = useThemeChoice()
  const dark = useStore(isDark, (value) => value)
  if (chosen !== 'system') return chosen
  return dark ? 'dark' : 'light'
}

/** A colour of `style/tokens.css`, such as `--series-1`, as a canvas takes it: in the theme that is shown. */
export function colorOf(token: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${token})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
