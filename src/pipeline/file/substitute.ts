/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${file:path}` in a text; `$${` stands for `${` itself. Uses of parameters stay, as
 * their values may come from other files: see `params/put.ts`. The values are
 * remembered, so that they can be hidden wherever the pipeline is shown.
 */
import { entryOf } from '../../base/entry.ts'
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { withoutParams } from './params/use.ts'

/** Environment variables. */
export type Variables = { readonly [name: string]: string | undefined }

export type Substitution = {
  /** The text with every `${…}` replaced. Throws a Failure that names a missing variable or file. */
  apply(text: string): string
  /** The text with every value replaced by the `${…}` that it came from, without a default: that would look like the value. */
  mask(text: string): string
}

/** Shorter values are hidden only where they stand alone, as between slashes or quotes: hiding every `1` of a message would make it unreadable. */
const SHORTEST_SECRET = 4
/** What a short value stands between. */
const BEFORE = '(?<=^|[/\'"=,(@[:])'
const BEHIND = '(?=$|[/\'"=,)@\\].:;])'

/** Matches a use, with what is inside it and its end; or characters that stand for themselves. */
const USE = /\$\$\{params\.|\$\$\{|\$\{([^}]*)(\}?)/g

/** What stands for a variable that is not set, or a file that cannot be read: `NAME`, `file:path`. */
export type StandIn = (use: string) => string

/** `readFile` gives undefined for a file that cannot be read. `standIn`: given, no value is missing. */
export function openSubstitution(
  environment: Variables,
  readFile: (path: string) => string | undefined,
  standIn?: StandIn,
): Substitution {
  const values = new Map<string, string>()
  /** Of all values, the longest first. */
  let pattern: RegExp | undefined

  const lookUp = (inner: string): string => {
    const path = /^file:(.+)$/s.exec(inner)?.[1]
    if (path !== undefined) {
      const content = readFile(path)
      if (content === undefined && standIn !== undefined) return standIn(inner)
      if (content === undefined) throw new Failure('pipeline', `the file of \${${inner}} cannot be read`)
      return content.replace(/\r?\n$/, '')
    }
    const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? []
    if (name === undefined) {
      throw new Failure(
        'pipeline',
        `\${${inner}} is not one of \${VAR}, \${VAR:-default}, \${file:path} and \${params.NAME}`,
        {
          hint: 'Write $${ for the characters ${ themselves.',
        },
      )
    }
    // As in a shell: with `:-`, an empty variable counts as unset.
    const value = entryOf(environment, name)
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback !== undefined) return fallback
    if (standIn !== undefined) return standIn(name)
    const near = nearest(name, Object.keys(environment))
    throw new Failure('pipeline', `the variable ${name} is not set`, {
      hint: `Set it, or write \${${name}:-default}; $\${${name}} is the text itself, as for a variable of nginx.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    })
  }

  return {
    apply(text) {
      if (!text.includes('${')) return text
      return text.replace(USE, (whole, inner: string | undefined, close: string | undefined) => {
        if (inner === undefined) return whole === '$${' ? '${' : whole
        if (close === '') throw new Failure('pipeline', `${whole.slice(0, 20)} has no } at its end`)
        if (inner.startsWith('params.')) return whole
        const value = lookUp(inner)
        const isDefault = /:-/.test(inner) && inner.endsWith(`:-${value}`)
        if (value !== '' && !/^\d{1,3}$/.test(value) && !isDefault) {
          values.set(value, shownUse(inner))
          pattern = undefined
        }
        return withoutParams(value)
      })
    },
    mask(text) {
      if (values.size === 0) return text
      pattern ??= new RegExp(
        [...values.keys()]
          .sort((a, b) => b.length - a.length)
          .map(patternOf)
          .join('|'),
        'g',
      )
      return text.replace(pattern, (value) => values.get(value) ?? value)
    },
  }
}

const shownUse = (inner: string): string => `\${${inner.replace(/^(\w+):-.*$/s, '$1')}}`

function patternOf(value: string): string {
  const escaped = value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return value.length >= SHORTEST_SECRET ? escaped : `${BEFORE}${escaped}${BEHIND}`
}
