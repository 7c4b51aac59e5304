/** Programs that come from Debian: which there are, where they are, and their packages. */
import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure } from '../../src/base/failure.ts'

type DebianProgram = {
  readonly packages: readonly string[]
  /** Files that are there when the packages are installed; a name without a slash is looked for in the PATH. */
  readonly files: readonly string[]
}

export type ProgramName =
  | 'kcat'
  | 'rsyslog'
  | 'rsyslog-tls'
  | 'netcat'
  | 'logger'
  | 'ftp'
  | 'compose'
  | 'nginx'
  | 'openssl'
  | 'victoriametrics'
  | 'go'
  | 'promtool'
  | 'systemd'
  | 'rsync'
  | 'chromium'

export const PROGRAMS: Readonly<Record<ProgramName, DebianProgram>> = {
  kcat: { packages: ['kcat'], files: ['kcat'] },
  rsyslog: {
    packages: ['rsyslog', 'rsyslog-kafka'],
    files: ['rsyslogd', '/usr/lib/*/rsyslog/omkafka.so'],
  },
  'rsyslog-tls': { packages: ['rsyslog-gnutls'], files: ['rsyslogd', '/usr/lib/*/rsyslog/lmnsd_gtls.so'] },
  logger: { packages: ['bsdutils'], files: ['logger'] },
  netcat: { packages: ['netcat-openbsd'], files: ['nc.openbsd'] },
  ftp: {
    packages: ['python3-pyftpdlib'],
    files: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/pyftpdlib/__main__.py'],
  },
  nginx: { packages: ['nginx'], files: ['nginx'] },
  // Makes the certificates of a secured Cassandra.
  openssl: { packages: ['openssl'], files: ['openssl'] },
  victoriametrics: { packages: ['victoria-metrics'], files: ['victoria-metrics'] },
  // Checks the metrics of `run --listen`.
  promtool: { packages: ['prometheus'], files: ['promtool'] },
  // Checks deploy/tailrace@.service.
  systemd: { packages: ['systemd'], files: ['systemd-analyze'] },
  // Copies files for gitlab-ci-local.
  rsync: { packages: ['rsync'], files: ['rsync'] },
  // Opens the dashboard. With a font, as the pictures of it in docs/ have text.
  chromium: { packages: ['chromium', 'fonts-dejavu-core'], files: ['chromium'] },
  // Builds InfluxDB.
  go: { packages: ['golang-go'], files: ['go'] },
  compose: { packages: ['docker-compose'], files: ['docker-compose'] },
}

/** The path of the program's first file. Throws if one of its files is missing. */
export function debianProgram(name: ProgramName): string {
  const { packages, files } = PROGRAMS[name]
  const paths = files.map(findFile)
  const [path] = paths
  if (path !== undefined && !paths.includes(undefined)) return path
  throw new Failure('not-found', `${files[paths.indexOf(undefined)]} is not installed`, {
    hint: `On Debian: apt-get install ${packages.join(' ')}, or node scripts/services/install.ts for all such programs.`,
  })
}

/** Whether all its files are there. */
export const isInstalled = (name: ProgramName): boolean =>
  PROGRAMS[name].files.every((file) => findFile(file) !== undefined)

function findFile(file: string): string | undefined {
  if (file.startsWith('/')) return globSync(file)[0]
  // Servers are often outside the PATH of users, and so is Go where it was not installed by Debian.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/go/bin']
  return folders.map((folder) => join(folder, file)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
