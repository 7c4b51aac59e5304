/** A thread of `tailrace query` as it is published: `dist/query/worker.cjs`. It uses the kept code of that command. */
import { join } from 'node:path'
import { loadProgram } from './load-program.ts'

void loadProgram(join(__dirname, '../cli', PROGRAM), 'query', false).exports.runWorker()
