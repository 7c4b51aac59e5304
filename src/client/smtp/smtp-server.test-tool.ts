/** A real SMTP server on a loopback port, by smtp-server, that keeps the mails it takes and fails as a test says. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'

export type TakenMail = {
  /** Recipients of the envelope. */
  readonly to: readonly string[]
  readonly from: string
  /** The whole mail, as it was sent. */
  readonly text: string
  readonly isEncrypted: boolean
}

export type MailTrouble = {
  /** The code that answers a command for this text: an address, or the mail itself. */
  code?(command: 'MAIL' | 'RCPT' | 'DATA', text: string): number | undefined
  /** The mail is taken and the connection broken before the answer. */
  loses?(text: string): boolean
}

export type MailServer = {
  readonly port: number
  readonly mails: TakenMail[]
  trouble: MailTrouble
}

/** A server that ends with the test. It wants no sign-in and offers no STARTTLS unless the options say so. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: TakenMail[] = []
  const made = { port: 0, mails, trouble: {} as MailTrouble }
  const refusal = (command: 'MAIL' | 'RCPT' | 'DATA', text: string) => {
    const code = made.trouble.code?.(command, text)
    return code === undefined ? undefined : Object.assign(new Error(`${command} is refused`), { responseCode: code })
  }
  const sockets = new Map<string, { destroy(): void }>()
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    ...options,
    onMailFrom: ({ address }, _, done) => done(refusal('MAIL', address)),
    onRcptTo: ({ address }, _, done) => done(refusal('RCPT', address)),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const refused = refusal('DATA', text)
        if (refused !== undefined) return done(refused)
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        mails.push({ to: rcptTo.map(({ address }) => address), from, text, isEncrypted: session.secure })
        if (made.trouble.loses?.(text) === true) sockets.get(`${session.remotePort}`)?.destroy()
        else done()
      })
    },
  })
  server.server.on('connection', (socket) => sockets.set(`${socket.remotePort}`, socket))
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(async () => {
    for (const socket of sockets.values()) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  made.port = (server.server.address() as { port: number }).port
  return made
}

/** A key and a certificate of its own for 127.0.0.1, and the file of the latter. */
export async function makeCertificate(): Promise<{
  readonly key: string
  readonly cert: string
  readonly file: string
}> {
  const folder = await makeFolder()
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '30']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', keyFile, '-out', file, ...subject], { stdio: 'pipe' })
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(file, 'utf8'), file }
}
