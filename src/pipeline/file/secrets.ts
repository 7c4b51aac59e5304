/**
 * Keeps secrets that stand in a pipeline file, or in `--set`, out of whatever shows it. The schema says which options are
 * secret (`secretOption`). They are found by their path and not by their text, as a short password may be part of many words.
 */
import type { Place } from '../../base/failure.ts'
import { HIDDEN, passwordsIn } from '../../base/secret.ts'
import type { Override } from './override.ts'
import { isSecretInShort, isSecretPart, partsOf, type Schema } from './schema-parts.ts'
import type { Path, Tree } from './yaml-tree.ts'

type Replace = (secret: unknown, path: Path) => unknown

type Part = { readonly schemas: readonly Schema[]; readonly isSecret: boolean }

/** The value with each secret replaced. */
function replaced(value: unknown, path: Path, { schemas, isSecret }: Part, replace: Replace): unknown {
  if (value === null) return value
  if (typeof value !== 'object') return isSecret || isSecretInShort(schemas, value) ? replace(value, path) : value
  const inside = (part: unknown, key: string | number) =>
    replaced(
      part,
      [...path, key],
      { schemas: partsOf(schemas, String(key)), isSecret: isSecret || isSecretPart(schemas, String(key)) },
      replace,
    )
  if (Array.isArray(value)) return value.map(inside)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inside(part, key)]))
}

/** The value without its secrets. `mask` shows the variable that a secret comes from, where one does. */
export function withoutSecrets(value: unknown, schema: Schema, mask: (text: string) => string): unknown {
  return replaced(value, [], { schemas: [schema], isSecret: false }, (secret) => {
    const shown = mask(String(secret))
    return /^\$\{[^}]*\}$/.test(shown) ? shown : HIDDEN
  })
}

function secretPaths(value: unknown, schema: Schema): readonly Path[] {
  const paths: Path[] = []
  replaced(value, [], { schemas: [schema], isSecret: false }, (_, path) => paths.push(path))
  return paths
}

/** The override, written without its value if that has a secret. */
export function withoutSecretWritten(override: Override, schema: Schema): Override {
  const { path, value } = override
  const whole = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value)
  return secretPaths(whole, schema).length === 0 ? override : { ...override, written: `${path.join('.')}=${HIDDEN}` }
}

/** The tree, of which no place shows a line with a secret in it. */
export function withoutSecretPlaces(tree: Tree, schema: Schema): Tree {
  let secrets: readonly Place[] | undefined
  return {
    ...tree,
    place(path, part) {
      const place = tree.place(path, part)
      if (place === undefined) return undefined
      secrets ??= secretPaths(tree.value, schema).flatMap((one) => tree.place(one, 'value') ?? [])
      return withoutSecretText(place, secrets)
    },
  }
}

function withoutSecretText(place: Place, secrets: readonly Place[]): Place {
  let { text = '', column, length = 1 } = place
  const ranges = [
    ...passwordsIn(text),
    ...secrets
      .filter(({ line }) => line === place.line)
      .map((secret) => [secret.column - 1, Math.min(text.length, secret.column - 1 + (secret.length ?? 1))] as const),
  ]
  let last = text.length
  for (const [start, end] of ranges.sort(([a], [b]) => b - a)) {
    // A password in an address may be part of a secret.
    if (end > last) continue
    last = start
    text = text.slice(0, start) + HIDDEN + text.slice(end)
    const more = HIDDEN.length - (end - start)
    if (end < column) column += more
    else if (start >= column - 1 && start < column - 1 + length) length = Math.max(1, length + more)
  }
  return { ...place, text, column, length }
}
