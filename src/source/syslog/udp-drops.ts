/**
 * How many datagrams the system has dropped for a socket, as they came faster than they were read: the last number of its line in
 * Linux's `/proc/net/udp` or `udp6` (proc_net.txt, "drops"). Elsewhere nobody says.
 *
 *     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 *     12: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 17
 */
import { readFile } from 'node:fs/promises'

const COLUMNS = 13

/** The drops of the sockets on a port, in the text of such a file. */
export function dropsOf(text: string, port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let drops = 0
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words.length === COLUMNS && words[1]?.endsWith(end) === true) drops += Number(words[COLUMNS - 1]) || 0
  }
  return drops
}

/** The drops of the sockets on a port; undefined where the system does not say. */
export async function systemDrops(port: number): Promise<number | undefined> {
  try {
    const texts = await Promise.all(['/proc/net/udp', '/proc/net/udp6'].map(readIfThere))
    return texts[0] === undefined ? undefined : texts.reduce((sum, text) => sum + dropsOf(text ?? '', port), 0)
  } catch {
    return undefined
  }
}

const readIfThere = (path: string): Promise<string | undefined> => readFile(path, 'latin1').catch(() => undefined)
