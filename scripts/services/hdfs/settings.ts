/** The configuration of a NameNode and of its one DataNode, as the folder that is first on their class path. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HOST = '127.0.0.1'

export type Ports = {
  /** Hadoop's own protocol, and the web pages with WebHDFS. */
  readonly nameNode: number
  readonly nameNodeHttp: number
  readonly dataNode: number
  readonly dataNodeIpc: number
  readonly dataNodeHttp: number
}

/** Writes the configuration below this folder and gives its path. The data will be in `data` beside it. */
export async function writeSettings(folder: string, ports: Ports): Promise<string> {
  const conf = join(folder, 'conf')
  const core = {
    'fs.defaultFS': `hdfs://${HOST}:${ports.nameNode}`,
    'hadoop.tmp.dir': join(folder, 'data'),
    'hadoop.http.staticuser.user': 'bigdata',
  }
  const hdfs = {
    'dfs.replication': 1,
    'dfs.permissions.enabled': false,
    'dfs.namenode.http-address': `${HOST}:${ports.nameNodeHttp}`,
    'dfs.datanode.address': `${HOST}:${ports.dataNode}`,
    'dfs.datanode.ipc.address': `${HOST}:${ports.dataNodeIpc}`,
    'dfs.datanode.http.address': `${HOST}:${ports.dataNodeHttp}`,
    'dfs.datanode.hostname': HOST,
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.namenode.safemode.extension': 0,
    // A DataNode that died is noticed after 12 s: 2 checks and 10 heartbeats.
    'dfs.heartbeat.interval': 1,
    'dfs.namenode.heartbeat.recheck-interval': 1000,
    // There is no other DataNode to go on with when the one fails.
    'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
    // Closing a file asks the NameNode again after this time, 400 ms by default, until it knows the last block.
    'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 20,
  }
  // The web server looks for these, and the jars do not have them.
  const webXml = '<web-app version="2.4" xmlns="http://java.sun.com/xml/ns/j2ee"/>\n'
  for (const page of ['hdfs', 'datanode']) {
    await mkdir(join(conf, 'webapps', page, 'WEB-INF'), { recursive: true })
    await writeFile(join(conf, 'webapps', page, 'WEB-INF/web.xml'), webXml)
  }
  await mkdir(join(conf, 'webapps/static'))
  await writeFile(join(conf, 'core-site.xml'), siteOf(core))
  await writeFile(join(conf, 'hdfs-site.xml'), siteOf(hdfs))
  await cp(fileURLToPath(new URL('log4j.properties', import.meta.url)), join(conf, 'log4j.properties'))
  return conf
}

const siteOf = (settings: Readonly<Record<string, string | number | boolean>>): string =>
  `<configuration>\n${Object.entries(settings)
    .map(([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>\n`)
    .join('')}</configuration>\n`
