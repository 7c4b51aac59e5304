/** The command that made a page, as a reader of the page may see it: values that may be secret are left out. */
import { inShell } from '../base/failure.ts'

/** Options whose value may be a secret. */
const SECRET = new Set(['--set'])
const LONGEST = 60

/** `tailrace query '…' access.log -o html`: a long text, such as a statement, is `…`, as the page shows it elsewhere. */
export function commandShown(args: readonly string[]): string {
  const shown = args.map((arg, index) => {
    const [, option, name] = /^(--\w+)=([\w.]+)=/.exec(arg) ?? []
    if (option !== undefined && SECRET.has(option)) return `${option}=${name}=…`
    if (SECRET.has(args[index - 1] ?? '')) return `${arg.split('=')[0]}=…`
    const plain = arg.replace(/(\w+:\/\/)[^/@\s]*@/, '$1…@')
    return plain.length > LONGEST || plain.includes('\n') ? "'…'" : inShell(plain)
  })
  return ['tailrace', ...shown].join(' ')
}
