/** What the virtual machine of a node must be told: the jars come without the files of options that a distribution has. */
import { join } from 'node:path'

/** Cassandra 5.0 sets a security manager as it starts, which Java allows without being asked up to 17. */
export const CASSANDRA_JAVA = { oldest: 17, newest: 17 } as const

/** Modules of Java that it reaches into; each is `MODULE/PACKAGE`. */
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.rmi/sun.rmi.transport.tcp',
  'java.sql/java.sql',
  'jdk.attach/sun.tools.attach',
] as const
const OPENS = [
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'java.rmi/sun.rmi.transport.tcp',
  'jdk.compiler/com.sun.tools.javac',
  'jdk.management/com.sun.management.internal',
] as const

/** Where a node finds what: all are whole paths. */
export type NodeFolders = {
  /** With `cassandra.yaml` and `logback.xml`. */
  readonly conf: string
  readonly data: string
  readonly jars: string
  readonly temporary: string
}

/** Options besides those of a small virtual machine, class path and main class included. */
export const javaOptionsOf = ({ conf, data, jars, temporary }: NodeFolders): readonly string[] => [
  ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  `-javaagent:${join(jars, 'jamm-0.4.0.jar')}`,
  '-Xss512k',
  '-XX:MaxDirectMemorySize=256m',
  // Each thread of an allocator takes memory of its own, of which nothing is seen in the heap.
  '-Dio.netty.eventLoopThreads=2',
  '-Dio.netty.tryReflectionSetAccessible=true',
  '-Djdk.attach.allowAttachSelf=true',
  `-Djava.io.tmpdir=${temporary}`,
  `-Dcassandra.config=file://${join(conf, 'cassandra.yaml')}`,
  `-Dcassandra.storagedir=${data}`,
  `-Dcassandra.logdir=${temporary}`,
  `-Dlogback.configurationFile=${join(conf, 'logback.xml')}`,
  '-Dcassandra-foreground=yes',
  // What they wait for does not come: there are no other nodes, or they are all there already.
  '-Dcassandra.ring_delay_ms=1000',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.superuser_setup_delay_ms=0',
  '-Dcassandra.consistent.rangemovement=false',
  ...['-cp', `${conf}:${join(jars, '*')}`, 'org.apache.cassandra.service.CassandraDaemon'],
]
