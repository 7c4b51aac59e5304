/** The part of an FTP server (RFC 959, 2428) that a download needs: login, size, passive mode, one file after the other. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type FtpServer = AsyncDisposable & { readonly port: number; readonly logins: readonly string[] }

/** Lets `user` in with `password`. A file of undefined bytes breaks off in the middle. */
export async function startFtpServer(
  user: string,
  password: string,
  files: { readonly [path: string]: Buffer | undefined },
): Promise<FtpServer> {
  const logins: string[] = []
  // A client that has what it wants hangs up in the middle of a sentence.
  const server = createServer((control) => void serve(control).catch(() => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function serve(control: Socket): Promise<void> {
    const say = (text: string) => void control.write(`${text}\r\n`)
    let name = ''
    let data: { server: Server; socket: Promise<Socket> } | undefined
    say('220 ready')
    for await (const line of createInterface({ input: control })) {
      const [, command = '', argument = ''] = /^(\w+) ?(.*)$/.exec(line) ?? []
      if (command === 'USER') {
        name = argument
        say('331 password?')
      } else if (command === 'PASS') {
        logins.push(`${name}:${argument}`)
        say(name === user && argument === password ? '230 welcome' : '530 Login incorrect.')
      } else if (command === 'SIZE' && files[argument] !== undefined) say(`213 ${files[argument].length}`)
      else if (command === 'EPSV') {
        data = await openData()
        say(`229 Entering Extended Passive Mode (|||${(data.server.address() as AddressInfo).port}|)`)
      } else if (command === 'RETR' && data !== undefined && Object.hasOwn(files, argument)) {
        say('150 here it comes')
        const socket = await data.socket
        const bytes = files[argument]
        if (bytes === undefined) {
          socket.write('half a li')
          control.destroy()
          socket.destroy()
        } else socket.end(bytes)
        data.server.close()
        if (bytes !== undefined) say('226 done')
      } else if (/^(RETR|SIZE)$/.test(command)) say('550 No such file.')
      else if (/^(TYPE|STRU|OPTS)$/.test(command)) say('200 as you like')
      else say('502 not here')
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    logins,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

async function openData(): Promise<{ server: Server; socket: Promise<Socket> }> {
  const server = createServer().listen(0, '127.0.0.1')
  const socket = once(server, 'connection').then(([connection]) => connection as Socket)
  await once(server, 'listening')
  return { server, socket }
}
