/** Tailrace except for its start, as one script: loading a hundred files takes longer than most queries. */
export { main } from '../cli/load-command.ts'
