/** The columns of access logs. */
import { BIGINT, type Field, INT, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'

/** The name of any column. */
export type Name =
  | ('vhost' | 'vhost_port' | 'forwarded')
  | ('host' | 'ident' | 'remote_user' | 'ts')
  | ('request' | 'http_method' | 'target' | 'path' | 'query' | 'protocol')
  | ('status' | 'body_bytes' | 'referer' | 'agent' | 'rest')

export type Fields = readonly (Field & { readonly name: Name })[]

/** What follows the host, and the host. */
export const COMMON_FIELDS: Fields = [
  { name: 'host', type: STRING },
  { name: 'ident', type: STRING },
  { name: 'remote_user', type: STRING },
  { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'request', type: STRING },
  { name: 'http_method', type: STRING },
  { name: 'target', type: STRING },
  { name: 'path', type: STRING },
  { name: 'query', type: STRING },
  { name: 'protocol', type: STRING },
  { name: 'status', type: INT },
  { name: 'body_bytes', type: BIGINT },
]

export const COMBINED_FIELDS: Fields = [
  ...COMMON_FIELDS,
  { name: 'referer', type: STRING },
  { name: 'agent', type: STRING },
  { name: 'rest', type: STRING },
]

/** What stands before the host in `vhost` formats. */
export const VHOST_FIELDS: Fields = [
  { name: 'vhost', type: STRING },
  { name: 'vhost_port', type: INT },
]

/** The list of addresses of `forwarded` formats. */
export const FORWARDED_FIELDS: Fields = [{ name: 'forwarded', type: STRING }]
