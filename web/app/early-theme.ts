/** Runs before anything is drawn, so that a page in the theme that a person chose does not flash in the other one. */
import { applyTheme, chosenTheme } from './theme-choice.ts'

applyTheme(chosenTheme())
