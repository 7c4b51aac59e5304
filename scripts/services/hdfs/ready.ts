/** Whether a node is ready, by the beans that its web server shows under `/jmx`. */

const LIMIT_MS = 5000

/** Whether the NameNode of these web pages has left its safe mode, has its DataNode, and misses no block. */
export async function nameNodeIsReady(port: number): Promise<boolean> {
  const state = await bean(port, 'Hadoop:service=NameNode,name=FSNamesystemState')
  const blocks = await bean(port, 'Hadoop:service=NameNode,name=FSNamesystem')
  return state?.FSState === 'Operational' && state.NumLiveDataNodes === 1 && blocks?.MissingBlocks === 0
}

/** Whether the DataNode of these web pages has registered, and has had the answer to a heartbeat. */
export async function dataNodeIsReady(port: number): Promise<boolean> {
  const info = await bean(port, 'Hadoop:service=DataNode,name=DataNodeInfo')
  const actors: unknown = JSON.parse(String(info?.BPServiceActorInfo ?? '[]'))
  const [actor] = Array.isArray(actors) ? actors : []
  return actor?.ActorState === 'RUNNING' && actor.NamenodeHaState === 'active'
}

/** The attributes of a bean; undefined if the server does not answer, or does not have it yet. */
async function bean(port: number, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const url = `http://127.0.0.1:${port}/jmx?qry=${encodeURIComponent(name)}`
    const answer = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) })
    const { beans } = (await answer.json()) as { beans?: readonly Readonly<Record<string, unknown>>[] }
    return beans?.[0]
  } catch {
    return undefined
  }
}
