/** The theme that is shown, for components: light, dark, or as the system has it. */
import { createStore, type Store, useStore } from '../api/store.ts'
import { applyTheme, chosenTheme, keepTheme, type Theme, type ThemeChoice } from './theme-choice.ts'

const system = matchMedia('(prefers-color-scheme: dark)')
const choice: Store<ThemeChoice> = createStore(chosenTheme())
const isDark: Store<boolean> = createStore(system.matches)
system.addEventListener('change', () => isDark.set(system.matches))

export function chooseTheme(theme: ThemeChoice): void {
  applyTheme(theme)
  choice.set(theme)
  keepTheme(theme)
}

/** What the switch changes to: first to what is seen to differ. */
export function nextTheme(theme: ThemeChoice): ThemeChoice {
  const [same, other] = system.matches ? (['dark', 'light'] as const) : (['light', 'dark'] as const)
  if (theme === 'system') return other
  return theme === other ? same : 'system'
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
