/**
 * Rows into a new SQLite file, durable at the end: by the sink, with its UUIDs, positions and thread; and by better-sqlite3 in its
 * best way, prepared statements of 32 rows in transactions of 10,000, in WAL mode. The peer is given the values as strings and
 * numbers (`ready`), or makes the same UUIDs of them, which is a part of the sink's work (`named`).
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import Better from 'better-sqlite3'
import { NAMESPACE } from '../../src/base/uuid.ts'
import { sqlite } from '../../src/sink/sqlite/sqlite.ts'

import { BATCH_ROWS, COLUMNS, contextOf, deliveryOf, values } from './rows.ts'
import type { Writer } from './writer.ts'

const TABLE =
  'id TEXT, timestamp TEXT, source_ip TEXT, request TEXT, status_code INTEGER, body_bytes INTEGER, raw_message TEXT'
const WIDTH = 7
const UPSERT =
  ' ON CONFLICT (id) DO UPDATE SET timestamp = excluded.timestamp, source_ip = excluded.source_ip, request = excluded.request, status_code = excluded.status_code, body_bytes = excluded.body_bytes, raw_message = excluded.raw_message'
const ROWS = 32
const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex')

/** The sink; with `key: [id]` where the table has a key. */
const sink = (name: string, key: readonly string[] | undefined): Writer => ({
  name,
  async write(folder, rows) {
    const options = sqlite.options.parse({ path: 'sink.db', table: 'log', columns: COLUMNS, key })
    const open = await sqlite.open(options, contextOf(folder))
    let last: Promise<unknown> = Promise.resolve()
    for (let n = 0; n * BATCH_ROWS < rows; n++) {
      const before = last
      last = open.write(deliveryOf(n))
      await before
    }
    await last
    await open.flush()
    await open[Symbol.asyncDispose]()
  },
})

const better = (name: string, { isNamed, key }: { readonly isNamed: boolean; readonly key: boolean }): Writer => ({
  name,
  async write(folder, rows) {
    const database = new Better(join(folder, 'better.db'))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('wal_autocheckpoint = 4000')
    database.exec(`CREATE TABLE log (${key ? TABLE.replace('id TEXT', 'id TEXT PRIMARY KEY NOT NULL') : TABLE}) STRICT`)
    const upsert = key ? UPSERT : ''
    const several = database.prepare(
      `INSERT INTO log VALUES ${Array(ROWS).fill('(?, ?, ?, ?, ?, ?, ?)').join(', ')}${upsert}`,
    )
    const single = database.prepare(`INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)${upsert}`)
    const bound = new Array<unknown>(ROWS * WIDTH)
    const nameOf = (offset: number) =>
      isNamed ? uuidOf(offset) : `0a9c0c62-8f4d-5a0c-9d57-${String(offset).padStart(12, '0')}`
    const writeBatch = database.transaction((first: number) => {
      let row = 0
      for (; row + ROWS <= BATCH_ROWS; row += ROWS) {
        for (let i = 0, at = 0; i < ROWS; i++) {
          bound[at++] = nameOf(first + row + i)
          for (const value of values[row + i] ?? []) bound[at++] = value
        }
        several.run(...bound)
      }
      for (; row < BATCH_ROWS; row++) single.run(nameOf(first + row), ...(values[row] ?? []))
    })
    for (let at = 0; at < rows; at += BATCH_ROWS) {
      if (at + BATCH_ROWS >= rows) database.pragma('synchronous = FULL')
      writeBatch(at)
    }
    database.close()
  },
})

function uuidOf(offset: number): string {
  const text = `["bench","RAWLOG",{"topic":"RAWLOG","partition":0,"offset":${offset}}]`
  const digest = hash('sha1', Buffer.concat([namespace, Buffer.from(text)]), 'hex')
  const variant = '89ab'[Number.parseInt(digest.charAt(16), 16) & 3]
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}

/** The sink and its peers, by what they write. */
export const sqliteWriters: { readonly [what: string]: readonly Writer[] } = {
  'sqlite, without a key': [
    sink('sqlite', undefined),
    better('better-sqlite3, named', { isNamed: true, key: false }),
    better('better-sqlite3, ready', { isNamed: false, key: false }),
  ],
  'sqlite, key: [id]': [sink('sqlite', ['id']), better('better-sqlite3, named', { isNamed: true, key: true })],
}
