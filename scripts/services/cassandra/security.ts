/** The certificate and the user of a node that wants both from its clients. */
import { join } from 'node:path'
import { debianProgram } from '../debian.ts'
import type { Guard } from '../guard.ts'
import { runProgram } from '../program.ts'

/** Cassandra makes this user as it starts. */
export const USER = { username: 'cassandra', password: 'cassandra' } as const

export const STORE_PASSWORD = 'changeit'

/** One key and its certificate, signed by itself, with which nodes and clients show that they are known. */
export type Certificate = {
  /** What the nodes have, as PKCS12. */
  readonly store: string
  /** What clients trust, and show, as PEM files. */
  readonly ca: string
  readonly key: string
}

/** A key and a certificate for 127.0.0.1 and localhost, in the folder of the guard. */
export async function makeCertificate(guard: Guard): Promise<Certificate> {
  const [store, ca, key] = ['cassandra.p12', 'ca.pem', 'key.pem'].map((name) => join(guard.folder, name)) as [
    string,
    string,
    string,
  ]
  const openssl = (...args: string[]) => runProgram(guard, { name: 'openssl', command: debianProgram('openssl'), args })
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await openssl('req', '-x509', ...curve, '-days', '30', ...names, '-keyout', key, '-out', ca)
  await openssl('pkcs12', '-export', '-inkey', key, '-in', ca, '-out', store, '-passout', `pass:${STORE_PASSWORD}`)
  return { store, ca, key }
}
