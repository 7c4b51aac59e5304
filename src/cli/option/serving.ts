/** The options of `run` for access by HTTP. */
import { readFileSync } from 'node:fs'
import { Failure } from '../../base/failure.ts'
import type { ServedOptions } from '../../run/served/served-options.ts'
import { NO_TOKEN, TOKEN } from '../../source/bearer-token.ts'
import { type Address, isLoopback, listenAddress } from '../../source/tcp-listen.ts'

export type ServingOptions = {
  readonly listen?: string
  readonly tokenFile?: string
  readonly insecure?: boolean
}

/** Where no file has the token: as services get it that keep no files. */
const VARIABLE = 'TAILRACE_TOKEN'

/**
 * What makes a run serve, if it shall. Throws a Failure where the address or the token is of no use, and where other machines
 * could ask without a token.
 */
export function serving(
  { listen, tokenFile, insecure = false }: ServingOptions,
  version: string,
  say: (text: string) => void,
): Pick<ServedOptions, 'serve'> {
  if (listen === undefined) {
    if (tokenFile === undefined && !insecure) return {}
    throw new Failure('usage', '--token-file and --insecure are about --listen: give it, too')
  }
  const address = addressOf(listen)
  const token = tokenOf(tokenFile)
  if (token === undefined && !insecure && !isLoopback(address.host)) {
    throw new Failure(
      'usage',
      `--listen ${listen}: other machines can reach ${address.host}, and so it needs a token`,
      {
        hint: `Give it --token-file FILE or ${VARIABLE}, listen on 127.0.0.1, or say --insecure if everyone may ask.`,
      },
    )
  }
  return {
    async serve(run) {
      const { openServer } = await import('../../server/server.ts')
      return await openServer(run, {
        address,
        access: { token, host: address.host },
        version,
        warn: (message) => say(`warning: ${message}`),
        listens: (url) => say(`--listen: ${url} answers /healthz, /readyz, /metrics, /api/v1/status, /version`),
      })
    },
  }
}

function addressOf(listen: string): Address {
  const { data, error } = listenAddress.safeParse(listen)
  if (data !== undefined) return data
  throw new Failure('usage', `--listen ${error?.issues[0]?.message ?? listen}`)
}

function tokenOf(file: string | undefined): string | undefined {
  const from = file === undefined ? VARIABLE : `--token-file ${file}`
  const text = file === undefined ? process.env[VARIABLE] : readToken(file).trim()
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
