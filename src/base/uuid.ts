/** UUIDs of version 5 (RFC 9562): the same name gives the same UUID, in any process and at any time. */

/** The namespace of all UUIDs of tailrace. It was chosen at random and never changes. */
export const NAMESPACE = 'a8677783-6867-45be-9642-4d1bf5d325e5'

const VARIANTS = '89ab'

/** The UUID of what these parts name together: SHA-1 over the 16 bytes of the namespace and the parts as a JSON array. */
export function uuidOf(...parts: readonly unknown[]): string {
  const bytes = Buffer.concat([Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'), Buffer.from(JSON.stringify(parts))])
  const digest = process.getBuiltinModule('node:crypto').hash('sha1', bytes, 'hex')
  // The version, and the two highest bits of the variant, which are 10.
  const variant = VARIANTS.charAt(Number.parseInt(digest.charAt(16), 16) & 3)
  const [a, b, c, d] = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(13, 16), digest.slice(17, 20)]
  return `${a}-${b}-5${c}-${variant}${d}-${digest.slice(20, 32)}`
}
