/** Messages of a command, on standard error: standard output is for its data. */
import { printableLines } from '../terminal/text.ts'

/** Says a text. It may quote a log or the name of a file, which the terminal must not obey. */
export const say = (text: string): void => void process.stderr.write(`${printableLines(text)}\n`)
