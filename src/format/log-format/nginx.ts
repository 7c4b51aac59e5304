/**
 * The variables of nginx, and the parts of a `log_format`. Source: nginx, ngx_http_log_module and the modules that define
 * variables. A name that is not here is a variable that the configuration made: a text.
 */

import type { FieldPart, FormatPart, Named, Reads } from './part.ts'
import { type Pasted, pastedFailure } from './pasted.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const ADDRESSES = words('remote_addr realip_remote_addr server_addr proxy_protocol_addr proxy_protocol_server_addr')
const WORDS = words(`
  host hostname server_name scheme request_method server_protocol request_id request_completion nginx_version connection_id
  is_args ssl_protocol ssl_cipher ssl_curve ssl_session_id ssl_session_reused ssl_server_name ssl_client_serial
  ssl_client_fingerprint ssl_alpn_protocol ssl_early_data https http2 http3 geoip_country_code geoip2_country_code
  upstream_cache_status protocol session_status`)
const PATHS = words('uri document_uri request_uri document_root realpath_root request_filename')
const LISTS = words(`
  upstream_addr upstream_status upstream_response_time upstream_connect_time upstream_header_time upstream_queue_time
  upstream_response_length upstream_bytes_received upstream_bytes_sent upstream_first_byte_time upstream_session_time
  http_x_forwarded_for proxy_add_x_forwarded_for proxy_protocol_tlv_alpn`)
const SENTENCES = words(`
  http_user_agent http_cookie http_accept http_accept_language http_accept_encoding http_authorization http_sec_ch_ua
  http_via http_forwarded request_body ssl_client_s_dn ssl_client_i_dn ssl_client_s_dn_legacy ssl_client_i_dn_legacy
  ssl_client_v_start ssl_client_v_end ssl_ciphers sent_http_set_cookie sent_http_last_modified sent_http_content_disposition
  date_local http_if_modified_since`)
const BIGINTS = words(`
  bytes_sent request_length connection connection_requests connections_active connections_reading connections_writing
  connections_waiting pid tcpinfo_rtt tcpinfo_rttvar tcpinfo_snd_cwnd tcpinfo_rcv_space bytes_received`)
const INTS = words('remote_port server_port realip_remote_port proxy_protocol_port proxy_protocol_server_port')
const DOUBLES = words('request_time gzip_ratio connection_time session_time')

const KNOWN: ReadonlyMap<string, Reads> = new Map<string, Reads>([
  ...ADDRESSES.map((name) => [name, { is: 'word', isFilled: true }] as const),
  ...WORDS.map((name) => [name, { is: 'word' }] as const),
  ...PATHS.map((name) => [name, { is: 'path' }] as const),
  ...LISTS.map((name) => [name, { is: 'list' }] as const),
  ...SENTENCES.map((name) => [name, { is: 'sentence' }] as const),
  ...BIGINTS.map((name) => [name, { is: 'bigint' }] as const),
  ...INTS.map((name) => [name, { is: 'int' }] as const),
  ...DOUBLES.map((name) => [name, { is: 'double' }] as const),
  ['body_bytes_sent', { is: 'bigint' }],
  ['status', { is: 'status' }],
  ['pipe', { is: 'char' }],
  ['request', { is: 'request' }],
  ['time_local', { is: 'clf' }],
  ['time_iso8601', { is: 'iso' }],
  ['msec', { is: 'epoch', unit: 's', isExact: true }],
])

/** Columns that have the names of the access-log formats. */
const USUAL: Readonly<Record<string, string>> = {
  remote_addr: 'host',
  host: 'vhost',
  body_bytes_sent: 'body_bytes',
  http_referer: 'referer',
  http_user_agent: 'agent',
}

/** What is a part of the request where the request itself is not in the format. */
const ALONE: Readonly<Record<string, Named>> = {
  request_method: { name: 'http_method', reads: { is: 'word' } },
  request_uri: { name: 'target', reads: { is: 'target' } },
  server_protocol: { name: 'protocol', reads: { is: 'word' } },
}

const isNameChar = (char: string | undefined): boolean => char !== undefined && /\w/.test(char)

/** The parts of a format. Throws a Failure `usage` with the place. */
export function nginxParts(source: string, { text, places }: Pasted): FormatPart[] {
  const parts: FormatPart[] = []
  const fail = (at: number, message: string) => pastedFailure(source, places[at] ?? source.length, message)
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '$') {
      const next = text.indexOf('$', at)
      const end = next < 0 ? text.length : next
      parts.push({ kind: 'text', text: text.slice(at, end), at })
      at = end
      continue
    }
    const isBraced = text[at + 1] === '{'
    const from = isBraced ? at + 2 : at + 1
    let end = from
    while (isNameChar(text[end])) end++
    if (end === from) throw fail(at, 'a $ that no name follows (nginx knows no way to write one)')
    if (isBraced && text[end] !== '}') throw fail(at, `the brace of \${${text.slice(from, end)} does not close`)
    parts.push(variable(text.slice(from, end), at))
    at = isBraced ? end + 1 : end
  }
  return mergeTargets(parts)
}

function variable(name: string, at: number): FieldPart {
  const reads = KNOWN.get(name) ?? { is: 'text' }
  return { kind: 'field', written: `$${name}`, at, name: USUAL[name] ?? name, reads, alone: ALONE[name] }
}

/** `$uri$is_args$args`, which servers are told to write for a target, as one field. */
function mergeTargets(parts: readonly FormatPart[]): FormatPart[] {
  const merged: FormatPart[] = []
  const isOne = (part: FormatPart | undefined, pattern: RegExp) => part?.kind === 'field' && pattern.test(part.written)
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as FormatPart
    const isTarget =
      isOne(part, /^\$(document_)?uri$/) &&
      isOne(parts[i + 1], /^\$is_args$/) &&
      isOne(parts[i + 2], /^\$(args|query_string)$/)
    if (!isTarget || part.kind !== 'field') {
      merged.push(part)
      continue
    }
    const written = parts.slice(i, i + 3).map((each) => (each.kind === 'field' ? each.written : ''))
    merged.push({
      ...part,
      written: written.join(''),
      name: 'uri_args',
      reads: { is: 'uri_args' },
      alone: { name: 'target', reads: { is: 'target', mayHaveDash: true } },
    })
    i += 2
  }
  return merged
}
