/** Messages of a command, on standard error: standard output is for its data. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`)
