/** Failures of HDFS, with what to do: of the network, and of the answers in which a NameNode or DataNode says no. */
import { Failure, type FailureCode } from '../../base/failure.ts'
import { networkReason } from '../http/trouble.ts'

/** What was asked: `what` as in "write /logs/a.log", by which user, and of which server. */
export type Asked = { readonly what: string; readonly user: string; readonly server: string }

/** A server's answer that is no success. */
export type BadAnswer = { readonly status: number; readonly text: string }

/** Longest text of a server that a message repeats. */
const QUOTED_LENGTH = 300

type Rule = {
  /** Matched with the name of the exception, a colon, a blank and its message. */
  readonly when: RegExp
  readonly code: FailureCode
  readonly isPassing: boolean
  readonly hint: (asked: Asked) => string | undefined
}

const RULES: readonly Rule[] = [
  {
    when: /safe ?mode/i,
    code: 'io',
    isPassing: true,
    hint: () => 'HDFS takes no writes until enough DataNodes have reported; `hdfs dfsadmin -safemode get` shows it',
  },
  {
    when: /^StandbyException/,
    code: 'io',
    isPassing: true,
    hint: () => 'name all NameNodes: hdfs://nn1:9870,nn2:9870',
  },
  {
    when: /^AccessControlException/,
    code: 'denied',
    isPassing: false,
    hint: ({ user }) =>
      `let user ${user} do that (\`hdfs dfs -chown ${user} PATH\`), or name another user in the address`,
  },
  {
    when: /^(SecurityException|InvalidToken|AuthenticationException|AuthorizationException)/,
    code: 'denied',
    isPassing: false,
    hint: () => 'tailrace signs in by user name only; a cluster with Kerberos needs HttpFS or Knox between',
  },
  {
    when: /QuotaExceeded/,
    code: 'full',
    isPassing: true,
    hint: () => 'raise the quota (`hdfs dfsadmin -setSpaceQuota`), or remove old files',
  },
  {
    when: /could only be (written|replicated) to 0|Failed to find datanode|No space left|DiskOutOfSpace/,
    code: 'full',
    isPassing: true,
    hint: () => 'no DataNode takes blocks: are they up, and have they room? `hdfs dfsadmin -report` shows it',
  },
  { when: /^FileNotFoundException/, code: 'not-found', isPassing: false, hint: () => undefined },
  {
    when: /^(ParentNotDirectory|FileAlreadyExists|PathIsNotDirectory)/,
    code: 'usage',
    isPassing: false,
    hint: () => 'something else has that name: name another path',
  },
  { when: /^(InvalidPath|IllegalArgument)/, code: 'usage', isPassing: false, hint: () => undefined },
]

/** The exception of an answer, if it is WebHDFS's. */
export function exceptionOf({ text }: BadAnswer): { readonly name: string; readonly message: string } | undefined {
  try {
    const { RemoteException: found } = JSON.parse(text) as {
      RemoteException?: { exception: unknown; message: unknown }
    }
    if (typeof found?.exception !== 'string') return undefined
    return { name: found.exception, message: String(found.message ?? '').split('\n')[0] ?? '' }
  } catch {
    return undefined
  }
}

/** The Failure of an answer. */
export function refusalFailure(asked: Asked, bad: BadAnswer): Failure {
  const { what, server } = asked
  const found = exceptionOf(bad)
  if (found === undefined) return foreignAnswer(asked, bad)
  const text = `${found.name}: ${found.message}`
  const rule = RULES.find(({ when }) => when.test(text))
  const message = `cannot ${what}: ${text.slice(0, QUOTED_LENGTH)} (${server})`
  // What nobody has named may pass: a block that is being recovered, a lease, a DataNode that has just gone.
  if (rule === undefined) return new Failure('io', message, { retryable: true })
  return new Failure(rule.code, message, { hint: rule.hint(asked), retryable: rule.isPassing })
}

function foreignAnswer({ what, server }: Asked, { status, text }: BadAnswer): Failure {
  if (text.includes('Hadoop IPC port')) {
    return new Failure('usage', `cannot ${what}: ${server} is the RPC port of the NameNode`, {
      hint: 'name its HTTP port: dfs.namenode.http-address in hdfs-site.xml, 9870 unless set',
    })
  }
  if (status === 401) {
    return new Failure('denied', `cannot ${what}: ${server} wants a sign-in that tailrace does not have (HTTP 401)`, {
      hint: 'tailrace signs in by user name only; a cluster with Kerberos needs HttpFS or Knox between',
    })
  }
  const isPassing = status >= 500 || status === 429
  return new Failure('io', `cannot ${what}: ${server} answers HTTP ${status}, and not as WebHDFS does`, {
    hint: isPassing ? undefined : 'is this the HTTP address of a NameNode, and dfs.webhdfs.enabled true?',
    retryable: isPassing,
  })
}

/** The Failure of an exchange that broke. An error that does not come from the network is returned unchanged. */
export function networkFailure({ what, server }: Asked, error: unknown, role: 'NameNode' | 'DataNode'): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof Failure || !(error instanceof Error) || code === undefined) return error
  const reason = networkReason(code, message)
  if (code === 'ENOTFOUND') {
    const hint =
      role === 'DataNode'
        ? 'the NameNode names its DataNodes by host name: this machine has to know them (DNS, /etc/hosts), or set dfs.datanode.hostname'
        : undefined
    return new Failure('not-found', `cannot ${what}: ${server}: ${reason}`, { hint, cause: error })
  }
  const hint =
    code === 'ECONNREFUSED' && role === 'NameNode' ? 'is the NameNode up, and is this its HTTP port?' : undefined
  return new Failure('io', `cannot ${what}: ${server}: ${reason}`, { hint, retryable: true, cause: error })
}
