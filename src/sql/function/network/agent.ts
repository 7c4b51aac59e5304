/** What user agents say of themselves. A log has few of them, so each text is read once. */
import type { Parser } from 'bowser'
import { BOOLEAN, STRING } from '../../../record/type.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { booleanOutput } from '../output.ts'
import { remembered } from '../remembered.ts'
import { numberRows, textRows } from '../rows.ts'
import { isBotAgent } from './bots.ts'
import { readAgent } from './browsers.ts'

/** What comes behind is not read: some of the expressions take more than a time proportional to the text. */
const READ_CHARACTERS = 1000

/** How many texts are kept with what was read in them. */
const KEPT_TEXTS = 4096

/** Computes once for each agent, as long as it is kept. */
function ofAgents<T>(compute: (agent: string) => T): (agent: string) => T {
  const found = remembered(KEPT_TEXTS, compute)
  return (whole) => found(whole.slice(0, READ_CHARACTERS))
}

type Read = (agent: Parser.ParsedResult) => string | undefined

/** An empty text, which the parser gives for what it does not know, is NULL. */
const part = (name: string, summary: string, read: Read): ScalarFunction =>
  define({
    usage: `${name}(text)`,
    summary,
    takes: ['string'],
    gives: STRING,
    open() {
      const found = ofAgents((agent) => (agent === '' ? undefined : read(readAgent(agent)) || undefined))
      return textRows(([text]) => found(String(text)))
    },
  })

const isBot = define({
  summary: 'Whether a user agent is that of a crawler, a library or a tool, such as curl; TRUE for an empty one.',
  usage: 'USER_AGENT_IS_BOT(text)',
  takes: ['string'],
  gives: BOOLEAN,
  open() {
    const found = ofAgents((agent) => Number(agent === '' || isBotAgent(agent)))
    return numberRows(booleanOutput(), ([text]) => found(String(text)))
  },
})

export const agentFunctions: readonly ScalarFunction[] = [
  part(
    'USER_AGENT_BROWSER',
    'The browser of a user agent, such as Firefox; NULL where it is not known.',
    (agent) => agent.browser.name,
  ),
  part(
    'USER_AGENT_BROWSER_VERSION',
    'The version of the browser of a user agent; NULL where it is not known.',
    (agent) => agent.browser.version,
  ),
  part(
    'USER_AGENT_OS',
    'The operating system of a user agent, such as Android; NULL where it is not known.',
    (agent) => agent.os.name,
  ),
  part(
    'USER_AGENT_DEVICE',
    'The sort of device of a user agent: desktop, mobile, tablet, tv or bot; NULL where it is not known.',
    (agent) => agent.platform.type,
  ),
  isBot,
]
