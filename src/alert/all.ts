/** The list of notifiers. */
import { command } from './command.ts'
import { consoleNotifier } from './console.ts'
import type { NotifierType } from './notifier.ts'

export const notifiers: readonly NotifierType[] = [consoleNotifier, command]
