/** The certificate and the users of the secured listeners. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { jdkTool } from '../java.ts'

export type User = { readonly username: string; readonly password: string }

/** `plain` may log in by SASL PLAIN, `scram` by SCRAM-SHA-512. They are users of a server that lives for a test. */
export const USERS: Readonly<Record<'plain' | 'scram', User>> = {
  plain: { username: 'paula', password: 'the password of paula' },
  scram: { username: 'scott', password: 'the password of scott' },
}

export const STORE_PASSWORD = 'changeit'

export type Certificate = {
  /** What the servers have: their key and their certificate, as PKCS12. */
  readonly store: string
  /** What clients trust: the same certificate, which is signed by itself, as PEM. */
  readonly ca: string
}

/** A key and a certificate for 127.0.0.1 and localhost, made by Java's keytool in this folder. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const store = join(folder, 'kafka.p12')
  const ca = join(folder, 'ca.pem')
  const keytool = (command: string, ...args: string[]) => {
    const place = ['-alias', 'kafka', '-keystore', store, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD]
    return promisify(execFile)(jdkTool('keytool'), [command, ...place, ...args])
  }
  await Promise.all([rm(store, { force: true }), rm(ca, { force: true })])
  const names = 'san=ip:127.0.0.1,dns:localhost'
  await keytool('-genkeypair', '-keyalg', 'EC', '-validity', '30', '-dname', 'CN=localhost', '-ext', names)
  await keytool('-exportcert', '-rfc', '-file', ca)
  return { store, ca }
}
