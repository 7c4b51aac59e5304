/** The choice of the theme, for components: light, dark, or as the system has it. */
import { createStore, type Store, useStore } from '../api/store.ts'
import { applyTheme, chosenTheme, keepTheme, type ThemeChoice } from './theme-choice.ts'

const system = matchMedia('(prefers-color-scheme: dark)')
const choice: Store<ThemeChoice> = createStore(chosenTheme())

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
