/** Tailrace except for its start, as one script: loading a hundred files takes longer than most queries. */
import './plain-schemas.ts'

export { main } from '../cli/load-command.ts'
