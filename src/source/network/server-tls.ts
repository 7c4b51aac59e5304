/** TLS of a server, as options of the pipeline file, and its files. */
import type { TlsOptions } from 'node:tls'
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { readPem } from '../../client/tls.ts'

/** Files in PEM form; relative ones start at the folder of the pipeline file. */
export type ServerTls = {
  readonly cert: string
  readonly key: string
  /** Peers need a certificate of this authority. */
  readonly ca?: string | undefined
}

export const serverTlsShape: { cert: z.ZodString; key: z.ZodString; ca: z.ZodOptional<z.ZodString> } = {
  cert: z.string().min(1),
  key: z.string().min(1),
  ca: z.string().min(1).optional(),
}

/** How long a peer may take to agree on keys. */
const HANDSHAKE_MS = 10_000

/** The options of a server with the content of their files. Rejects with a Failure that begins with `who`. */
export async function readServerTls({ cert, key, ca }: ServerTls, folder: string, who: string): Promise<TlsOptions> {
  const why = `\`tls\` of ${who}`
  const [certText, keyText, caText] = await Promise.all([cert, key, ca].map((path) => readPem(path, folder, why)))
  const options: TlsOptions = {
    handshakeTimeout: HANDSHAKE_MS,
    ...(certText !== undefined && { cert: certText }),
    ...(keyText !== undefined && { key: keyText }),
    ...(caText !== undefined && { ca: caText, requestCert: true, rejectUnauthorized: true }),
  }
  try {
    process.getBuiltinModule('node:tls').createSecureContext(options)
  } catch (cause) {
    const { message } = cause as Error
    throw new Failure('not-text', `${who}: TLS cannot be used with ${cert} and ${key}: ${message}`, {
      hint: 'cert has the certificate of this machine and those above it, key its private key, both as PEM',
      cause,
    })
  }
  return options
}
