/** The script of the thread that writes to a SQLite file. */
import { serveWriter } from './serve-writer.ts'

serveWriter()
