/**
 * Keeps records in folders by event time, as they came (`raw`) or as rows (`ndjson`, `csv`), in files that are closed after a
 * while. Records without an event time, because they cannot be decoded or their time is NULL, go to a folder `undated`.
 */
import { resolve } from 'node:path'
import * as z from 'zod'
import { whyNotWritable } from '../../base/disk/writable.ts'
import { Failure } from '../../base/failure.ts'
import { shortForm } from '../../base/options.ts'
import { packingBy } from '../rolled/packing.ts'
import {
  lifeOf,
  type RolledOptions,
  Roller,
  type RollerState,
  rolledOptions,
  undatedRows,
  wholeStates,
} from '../rolled/roller.ts'
import { defineSink, type SinkType } from '../sink.ts'
import { lostFiles, openLocalStore } from './local-store.ts'

export const files: SinkType = defineSink<RolledOptions>({
  name: 'files',
  summary: 'Keeps records, as they came or as rows, in folders by event time.',
  oneHost: () => 'keeps files on the disk of one machine',
  writes: 'idempotent',
  options: shortForm('path', z.strictObject(rolledOptions({ roll: '10m', compression: 'none' }))),
  check: undatedRows,
  // The folder of one day stands for all: paths that are the same on one day are the same on every day.
  owns: ({ path }, folder) => resolve(folder, path.at(0)),
  lookAhead: ({ path }, folder) => whyNotWritable(resolve(folder, path.at(0)), 'folder'),
  lost(state: Partial<RollerState> & { readonly store?: unknown }, _, { disk, folder, name }) {
    const { life = '', store } = state
    if (store !== undefined) return []
    return wholeStates(state, name).flatMap((file) => lostFiles({ disk, folder, life }, file))
  },
  async open(options, context) {
    const { name, folder, disk, clock } = context
    const path = resolve(folder, options.path.written)
    // A sink of another kind may have had this name.
    const before = (context.state?.store === undefined ? (context.state ?? {}) : {}) as Partial<RollerState>
    const life = lifeOf(before, clock)
    await context.remember({ kind: 'rolled', path, life })
    const store = openLocalStore({ disk, folder, packing: packingBy(options.compression) })
    const roller = new Roller(life, options, context, store)
    try {
      await roller.resume(before, name)
    } catch (error) {
      // A start that fails may be tried again.
      await roller.abandon()
      throw error
    }
    return {
      write: (delivery) => roller.write(delivery),
      flush: () => roller.flush(),
      async [Symbol.asyncDispose]() {
        try {
          await roller.closeAll()
        } catch (error) {
          // The files stay as they are: the checkpoint says how much of them is true.
          if (!(error instanceof Failure && error.retryable)) throw error
        } finally {
          await roller.abandon()
        }
      },
    }
  },
})
