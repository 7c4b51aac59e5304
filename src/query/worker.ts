/** The script of a thread that helps a query over files. The published package uses `built/worker.ts` instead. */
import { serveUnits } from './serve-units.ts'

serveUnits()
