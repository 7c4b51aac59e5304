/** The choice of the theme: a button that goes from one to the next. */
import type { VNode } from 'preact'
import { chooseTheme, nextTheme, useThemeChoice } from './theme.ts'
import { chosenTheme, type ThemeChoice } from './theme-choice.ts'

const WORDS: Record<ThemeChoice, string> = { system: 'Auto', light: 'Light', dark: 'Dark' }

export function ThemeSwitch(): VNode {
  const choice = useThemeChoice()
  return (
    <button
      type="button"
      class="nav-theme"
      onClick={() => chooseTheme(nextTheme(chosenTheme()))}
      aria-label={`Theme: ${WORDS[choice]}. Change to ${WORDS[nextTheme(choice)]}`}
    >
      <span class={`nav-theme-icon is-${choice}`} aria-hidden="true" />
      {WORDS[choice]}
    </button>
  )
}
