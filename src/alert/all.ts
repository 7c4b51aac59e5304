/** The list of notifiers. */
import { command } from './command.ts'
import { consoleNotifier } from './console.ts'
import { email } from './email.ts'
import type { NotifierType } from './notifier.ts'
import { webhook } from './webhook.ts'

export const notifiers: readonly NotifierType[] = [consoleNotifier, webhook, email, command]
