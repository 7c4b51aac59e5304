/** Tells bots from browsers with isbot, which is loaded at the first question. */
import { createRequire } from 'node:module'
import type * as Isbot from 'isbot'

let loaded: typeof Isbot | undefined

/** Whether a user agent is that of a crawler, a library or a tool. */
export function isBotAgent(text: string): boolean {
  loaded ??= createRequire(import.meta.url)('isbot') as typeof Isbot
  return loaded.isbot(text)
}
