/** The messages of the YAML parser, in words that need no knowledge of its grammar. */
export function plainWords({ code, message }: { readonly code: string; readonly message: string }): Plain {
  const [, closing] = /must be sufficiently indented and end with a ([}\]])/.exec(message) ?? []
  if (closing !== undefined) return { message: `a ${closing === '}' ? '{' : '['} before this has no ${closing}` }
  const [, quote] = /^Missing closing (.)quote/.exec(message) ?? []
  if (quote !== undefined) return { message: `a ${quote} before this has no other ${quote} at its end` }
  switch (code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a value is followed by a key',
        hint: 'Put a value with a colon and a blank in quotes. Or is the next line too far to the right?',
      }
    case 'BAD_INDENT':
      return { message: sentence(message), hint: 'Keys of one group begin in the same column.' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab stands where a line is indented', hint: 'Indent with blanks.' }
    default:
      return { message: sentence(message) }
  }
}

type Plain = { readonly message: string; readonly hint?: string }

const sentence = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)
