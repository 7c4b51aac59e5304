/** A thread of `tailrace query` as it is published: `dist/query/worker.cjs`. It uses the kept code of that command. */
import { join } from 'node:path'
import { loadProgram } from './load-program.ts'
import type * as program from './query-program.ts'

loadProgram<typeof program>(join(__dirname, '../cli', PROGRAMS.query), 'query', false).exports.runWorker()
