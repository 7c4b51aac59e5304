/** Reads user agents with bowser, which is loaded when the first is read. */
import { createRequire } from 'node:module'
import type * as Bowser from 'bowser'

type Package = { parse(text: string): Bowser.Parser.ParsedResult }

let loaded: Package | undefined

/** Browser, operating system and device of a user agent that is not empty. */
export function readAgent(text: string): Bowser.Parser.ParsedResult {
  loaded ??= createRequire(import.meta.url)('bowser') as Package
  return loaded.parse(text)
}
