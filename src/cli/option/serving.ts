/**
 * The options of `run` for the dashboard and the API. A run serves them on this machine unless it is told otherwise: by `--listen`, by
 * `--no-listen`, or by the variable TAILRACE_LISTEN, which an option precedes. Runs to the end of their input serve only where
 * `--listen` says so.
 */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Failure } from '../../base/failure.ts'
import type { Serve, ServedOptions } from '../../run/served/served-options.ts'
import { NO_TOKEN, TOKEN } from '../../source/bearer-token.ts'
import { type Address, isLoopback, LOOPBACK, listenAddress } from '../../source/tcp-listen.ts'

export type ServingOptions = {
  /** False: `--no-listen`. */
  readonly listen?: string | boolean
  readonly tokenFile?: string
  readonly insecure?: boolean
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly untilEnd?: boolean
}

const DEFAULT: Address = { host: LOOPBACK, port: 7070 }
/** Where no file has the token: as services get it that keep no files. */
const TOKEN_VARIABLE = 'TAILRACE_TOKEN'
/** An address as for `--listen`, or `none`: for containers, units and tests. */
const LISTEN_VARIABLE = 'TAILRACE_LISTEN'
const NONE = 'none'

/** Adds the options to a command. */
export const withServing = (command: Command): Command =>
  command
    .option('--listen <host:port>', 'where the dashboard and the API are served (default: 127.0.0.1:7070)')
    .option('--no-listen', 'serve neither')
    .option('--token-file <file>', 'what requests must bring: Authorization: Bearer TOKEN; browsers ask for it')
    .option('--insecure', 'let --listen answer other machines without a token')
    .option('--tls-cert <file>', 'serve by TLS, with this certificate and those above it (PEM)')
    .option('--tls-key <file>', 'its private key (PEM)')

/** Where a run listens. `who` said so, for messages; undefined: nobody, it is the default. */
type Wanted = { readonly address: Address; readonly who: string | undefined }

/**
 * What makes a run serve, if it shall. Throws a Failure where the address or the token is of no use, and where other machines
 * could ask without a token.
 */
export function serving(
  options: ServingOptions,
  version: string,
  say: (text: string) => void,
): Pick<ServedOptions, 'serve'> {
  const { tokenFile, insecure = false, tlsCert, tlsKey } = options
  const wanted = wantedOf(options)
  if (wanted === undefined) {
    if ([tokenFile, tlsCert, tlsKey].every((file) => file === undefined) && !insecure) return {}
    throw new Failure('usage', '--token-file, --insecure, --tls-cert and --tls-key are about --listen: give it, too')
  }
  const { address, who = '--listen' } = wanted
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Failure('usage', '--tls-cert and --tls-key need each other: give both')
  }
  const token = tokenOf(tokenFile)
  if (token === undefined && !insecure && !isLoopback(address.host)) {
    throw new Failure(
      'usage',
      `${who} ${address.host}:${address.port}: other machines can reach ${address.host}, and so it needs a token`,
      {
        hint: `Give it --token-file FILE or ${TOKEN_VARIABLE}, listen on 127.0.0.1, or say --insecure if everyone may ask.`,
      },
    )
  }
  const serve: Serve = async (run) => {
    const { openServer } = await import('../../server/server.ts')
    return await openServer(run, {
      address,
      who,
      access: { token, host: address.host },
      tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
      version,
      warn: (message) => say(`warning: ${message}`),
      listens: (url) => say(`dashboard: ${url}`),
    })
  }
  return { serve: wanted.who === undefined ? ifPossible(serve, say) : serve }
}

function wantedOf({ listen, untilEnd = false }: ServingOptions): Wanted | undefined {
  if (listen === false) return undefined
  if (typeof listen === 'string') return { address: addressOf(listen, '--listen'), who: '--listen' }
  if (untilEnd) return undefined
  const variable = process.env[LISTEN_VARIABLE]?.trim()
  if (variable === NONE) return undefined
  if (variable === undefined || variable === '') return { address: DEFAULT, who: undefined }
  return { address: addressOf(variable, LISTEN_VARIABLE), who: LISTEN_VARIABLE }
}

/** A pipeline runs without its dashboard where nobody asked for that, such as a second one on this machine. */
const ifPossible =
  (serve: Serve, say: (text: string) => void): Serve =>
  async (run) => {
    try {
      return await serve(run)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const reason = error.message.replace(/^--listen: /, '')
      say(
        `warning: no dashboard: ${reason}; --listen 127.0.0.1:${DEFAULT.port + 1} serves it elsewhere, --no-listen nowhere`,
      )
      return { async [Symbol.asyncDispose]() {} }
    }
  }

function addressOf(text: string, who: string): Address {
  const { data, error } = listenAddress.safeParse(text)
  if (data !== undefined) return data
  throw new Failure('usage', `${who} ${error?.issues[0]?.message ?? text}`)
}

function tokenOf(file: string | undefined): string | undefined {
  const from = file === undefined ? TOKEN_VARIABLE : `--token-file ${file}`
  const text = file === undefined ? process.env[TOKEN_VARIABLE] : readToken(file).trim()
  if (text === undefined || TOKEN.test(text)) return text
  throw new Failure('usage', `${from}: the token ${NO_TOKEN}`)
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Failure('not-found', `--token-file ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
