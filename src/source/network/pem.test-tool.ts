/** Keys and certificates of a test, made by openssl: an authority, a server, a client, and a stranger. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../../test/contract/folder.ts'

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost'

/** A folder with `ca.pem`, and `NAME.key` and `NAME.pem` of `server` and `client`, signed by it, and of `stranger`, by itself. */
export async function makePems(folder?: string): Promise<string> {
  const into = folder ?? (await makeFolder())
  const at = (name: string) => join(into, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const selfSigned = (name: string, key: string, cert: string) =>
    openssl('req', '-x509', ...CURVE, '-days', '30', '-subj', `/CN=${name}`, '-keyout', at(key), '-out', at(cert))
  selfSigned('authority', 'ca.key', 'ca.pem')
  selfSigned('stranger', 'stranger.key', 'stranger.pem')
  writeFileSync(at('names'), NAMES)
  for (const name of ['server', 'client']) {
    const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.pem`].map(at) as [string, string, string]
    openssl('req', '-new', ...CURVE, '-subj', `/CN=${name}`, '-keyout', key, '-out', request)
    const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')]
    openssl('x509', '-req', '-days', '30', '-in', request, '-out', cert, ...authority)
  }
  return into
}
