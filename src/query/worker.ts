/** A thread that helps a query over files, from the source. What is published begins in `built/worker.ts`. */
import { serveUnits } from './serve-units.ts'

serveUnits()
