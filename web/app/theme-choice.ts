/** The theme that a person chose, kept in this browser. It is read before anything else is loaded, so nothing else is imported here. */

export type Theme = 'light' | 'dark'
export type ThemeChoice = Theme | 'system'

const KEY = 'tailrace.theme'

export function chosenTheme(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    // A browser may forbid it.
    return 'system'
  }
}

export function keepTheme(theme: ThemeChoice): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // It holds for this page only.
  }
}

export function applyTheme(theme: ThemeChoice): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}
