/** Addresses on the web and in object stores, which `tailrace query` and `tailrace watch` do not read: the program that does is named. */
import { Failure } from '../../base/failure.ts'
import type { TableSpec } from '../../query/table-files.ts'

/** Commands that write what is at an address to standard output. */
const READERS: { readonly [scheme: string]: string } = {
  http: 'curl -fsSL',
  https: 'curl -fsSL',
  ftp: 'curl -fsS',
  ftps: 'curl -fsS',
  sftp: 'curl -fsS',
  scp: 'curl -fsS',
  s3: 'aws s3 cp',
  gs: 'gcloud storage cat',
}

/** Throws a Failure where a table is such an address. */
export function refuseAddresses(specs: readonly TableSpec[], command = 'query'): void {
  for (const pattern of specs.flatMap(({ patterns }) => patterns)) {
    const [, scheme = ''] = /^([a-z][a-z0-9]*):\/\//i.exec(pattern) ?? []
    const reader = READERS[scheme.toLowerCase()]
    if (reader === undefined) continue
    const end = reader.startsWith('aws') ? ' -' : ''
    const address = pattern.replace(/\/\/[^/@]*@/, '//LOGIN@')
    throw new Failure(
      'usage',
      `${address}: ${command} reads ${command === 'query' ? 'files, HDFS' : 'files'} and standard input, not ${scheme}://`,
      {
        hint: `${reader} '${address}'${end} | tailrace ${command} "SELECT …" -`,
      },
    )
  }
}
