/** TLS of a client, as an option of the pipeline file, and its files. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { lazily } from '../base/options.ts'

/** What a connection needs where the certificates that the operating system trusts do not do. */
export type TlsFiles = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly server_name?: string | undefined
}

/** `tls: true` trusts what the operating system trusts. */
export const tlsOption: z.ZodType<boolean | TlsFiles> = lazily(() =>
  z.union([
    z.boolean(),
    z.strictObject({
      /** Files in PEM form; relative ones start at the folder of the pipeline file. */
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      /** The name in the certificate of the servers, where it is not that of their addresses. */
      server_name: z.string().optional(),
    }),
  ]),
)

/** The options with the content of their files; undefined: no TLS. `of` whom, for messages. Rejects with a Failure. */
export async function readTls(
  tls: boolean | TlsFiles,
  folder: string,
  of: string,
): Promise<ConnectionOptions | undefined> {
  if (tls === false) return undefined
  const { ca, cert, key, server_name }: TlsFiles = tls === true ? {} : tls
  const why = `\`tls\` of ${of}`
  const [caText, certText, keyText] = await Promise.all([ca, cert, key].map((path) => readPem(path, folder, why)))
  return {
    ...(caText !== undefined && { ca: caText }),
    ...(certText !== undefined && { cert: certText }),
    ...(keyText !== undefined && { key: keyText }),
    ...(server_name !== undefined && { servername: server_name }),
  }
}

/** A file in PEM form; undefined where there is no path. `why` it is read, for messages. Rejects with a Failure. */
export async function readPem(path: string | undefined, folder: string, why: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  const file = resolve(folder, path)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as { readonly code?: string }
    throw new Failure(code === 'ENOENT' ? 'not-found' : 'io', `cannot read ${file} for ${why} (${code})`, { cause })
  }
  if (text.includes('-----BEGIN ')) return text
  throw new Failure('not-text', `${file}, for ${why}, has nothing in PEM form`, {
    hint: 'it begins with -----BEGIN; openssl x509 -inform der -in FILE makes it of a certificate in DER',
  })
}
