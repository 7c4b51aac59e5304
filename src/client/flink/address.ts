/** The address of Flink's SQL Gateway: `flink://HOST:PORT`, of HTTP, or `flinks://HOST:PORT`, of HTTPS. */
import { Failure } from '../../base/failure.ts'

const GATEWAY_PORT = 8083

/** `http://HOST:PORT` of the gateway that the address names; 8083 without a port. Throws a Failure `usage` where it is none. */
export function flinkGatewayUrl(text: string): string {
  const [, scheme, host, port] = /^(flinks?):\/\/([\w.-]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?\/?$/.exec(text) ?? []
  const number = Number(port ?? GATEWAY_PORT)
  if (scheme === undefined || number < 1 || number > 65_535) {
    throw new Failure('usage', `'${text}' is not an address of Flink`, {
      hint: 'expected flink://HOST:PORT, with the port of Flink’s SQL Gateway (8083 unless its configuration says otherwise)',
    })
  }
  return `${scheme === 'flinks' ? 'https' : 'http'}://${host}:${number}`
}
