/** Where a broker listens, as `host:port`. Apart from connections, as reading a pipeline file does not load a client. */
export type BrokerAddress = { readonly host: string; readonly port: number }

const ADDRESS = /^(?:\[([\da-fA-F:.]+)\]|([^\s:/,[\]]+)):(\d{1,5})$/

/** `host:port`, with an IPv6 address in brackets. */
export const addressText = ({ host, port }: BrokerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** The address in a text; undefined where it is none. */
export function parseAddress(text: string): BrokerAddress | undefined {
  const found = ADDRESS.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
