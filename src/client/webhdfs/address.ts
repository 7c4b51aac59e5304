/**
 * The address of an HDFS: `hdfs://USER@HOST:PORT,HOST:PORT/PATH`. Hosts are NameNodes, of which one is active. Ports are those of
 * HTTP, as tailrace speaks WebHDFS; USER and PATH may be absent. The path is taken as it is: `%` and `?` mean nothing in it.
 */
import { userInfo } from 'node:os'
import { Failure } from '../../base/failure.ts'
import { withoutPasswords } from '../../base/secret.ts'

/** The HTTP port of a NameNode, unless its `dfs.namenode.http-address` says otherwise. */
const HTTP_PORT = 9870
const HTTPS_PORT = 9871

const SECURE: { readonly [scheme: string]: boolean } = {
  hdfs: false,
  webhdfs: false,
  http: false,
  swebhdfs: true,
  https: true,
}
const EXPECTED =
  'expected hdfs://HOST:PORT, with the HTTP port of the NameNode (9870 unless its configuration says otherwise)'

export type HdfsAddress = {
  /** `http://HOST:PORT` of each NameNode. */
  readonly namenodes: readonly string[]
  readonly user: string | undefined
  /** Begins with a slash, or is empty. */
  readonly path: string
}

/** Whether a path of a query is one of HDFS. */
export const isHdfsPath = (path: string): boolean => /^(s?web)?hdfs:\/\//.test(path)

/** The user that Hadoop's own clients take where nobody names one. */
export function localUser(): string {
  const { HADOOP_USER_NAME: named = '' } = process.env
  if (named !== '') return named
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return `${process.getuid?.() ?? 'nobody'}`
  }
}

/** Reads an address. Throws a Failure `usage` where it is none. */
export function parseHdfsAddress(text: string): HdfsAddress {
  const [, scheme = '', user, hosts = '', path = ''] = /^([a-z]+):\/\/(?:([^@/:]+)@)?([^/@]+)(\/.*)?$/s.exec(text) ?? []
  const isSecure = SECURE[scheme]
  if (isSecure === undefined)
    throw new Failure('usage', `'${withoutPasswords(text)}' is not an address of HDFS: ${EXPECTED}`)
  const namenodes = hosts.split(',').map((host) => {
    const [, name, port] = /^([\w.-]+|\[[\da-fA-F:]+\])(?::(\d{1,5}))?$/.exec(host) ?? []
    const number = Number(port ?? (isSecure ? HTTPS_PORT : HTTP_PORT))
    if (name === undefined || number < 1 || number > 65_535) {
      throw new Failure('usage', `'${host}' in '${withoutPasswords(text)}' is not a host and port: ${EXPECTED}`)
    }
    return `${isSecure ? 'https' : 'http'}://${name}:${number}`
  })
  return { namenodes, user, path }
}

/** Whether a path may name a file or folder of HDFS: whole, without `.`, `..` and colons. */
export const isHdfsName = (path: string): boolean =>
  path.startsWith('/') && !path.includes(':') && !path.split('/').some((name) => name === '.' || name === '..')
