/** The list of notifiers. */
import { type PartList, partList } from '../base/part-list.ts'
import type { NotifierType } from './notifier.ts'

export const notifiers: PartList<NotifierType> = partList<NotifierType>({
  console: async () => (await import('./console.ts')).consoleNotifier,
  webhook: async () => (await import('./webhook.ts')).webhook,
  email: async () => (await import('./email.ts')).email,
  command: async () => (await import('./command.ts')).command,
})
