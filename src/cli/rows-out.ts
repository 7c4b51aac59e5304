/** Rows on standard output, in the form that was asked for. */
import { InvalidArgumentError, Option } from 'commander'
import { Failure } from '../base/failure.ts'
import { RowStore } from '../engine/sort/row-store.ts'
import { type EncoderName, makeEncoder } from '../format/write/encoders.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { widthOf } from '../terminal/colour.ts'
import { openRowTable, openVerticalRows, type RowTable } from '../terminal/row-table.ts'
import { harmlessOn } from '../terminal/text.ts'

/** How rows are written to standard output. */
export type OutputForm = EncoderName | 'table' | 'vertical' | 'html'

const FORMS = ['table', 'json', 'ndjson', 'csv', 'vertical', 'html']

/** The option `-o`. */
export const outputOption = (): Option =>
  new Option(
    '-o, --output <form>',
    'how rows are written; vertical: one line for each column; html: a page with charts',
  )
    .choices(FORMS)
    .argParser(formOf)
    .default('table')

function formOf(given: string): string {
  if (FORMS.includes(given)) return given
  const [, ending = ''] = /\.(\w+)$/.exec(given) ?? []
  const isFile = FORMS.includes(ending) || ending === 'htm'
  throw new InvalidArgumentError(
    isFile
      ? `It is a form, not a file: -o ${ending === 'htm' ? 'html' : ending} > ${given}`
      : `Allowed choices are ${FORMS.join(', ')}.`,
  )
}

/** Throws a Failure where a title was said, and no page is made. */
export function refuseTitle(output: string, title: string | undefined): void {
  if (title === undefined || output === 'html') return
  throw new Failure('usage', `--title is that of a page, and -o ${output} is none`, {
    hint: 'Write -o html > report.html, or leave --title out.',
  })
}

/** Rows that a command writes to standard output. */
export type RowsOut = {
  write(batch: Batch, fields: readonly Field[]): void
  /** Resolves to whether cells were cut to fit the terminal. */
  end(fields: readonly Field[]): Promise<boolean>
}

/** Rows of a table that are looked at before it is drawn, so that its columns are as wide as these need. */
const ALIGNED_ROWS = 1000

/** Writes rows as they come and waits for no reader: the result bounds the bytes that a pipe has not taken. */
export function openRows(form: Exclude<OutputForm, 'html'>, hasHeader = true): RowsOut {
  let open: FormOut | undefined
  const opened = (fields: readonly Field[]) => (open ??= openForm(form, fields, hasHeader))
  return {
    write: (batch, fields) => opened(fields).write(batch),
    async end(fields) {
      const isCut = opened(fields).end()
      if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.once('drain', resolve))
      return isCut
    },
  }
}

/** `end` returns whether cells were cut. */
type FormOut = { write(batch: Batch): void; end(): boolean }

function openForm(form: Exclude<OutputForm, 'html'>, fields: readonly Field[], hasHeader: boolean): FormOut {
  switch (form) {
    case 'table':
      return openTable(fields, openRowTable(fields, { width: widthOf(process.stdout), hasHeader }))
    case 'vertical': {
      const { textOf } = openVerticalRows(fields, { hasHeader })
      return { write: (batch) => void process.stdout.write(textOf(batch)), end: () => false }
    }
    default:
      return openBytes(form, fields, hasHeader)
  }
}

function openBytes(name: EncoderName, fields: readonly Field[], hasHeader: boolean): FormOut {
  const encoder = makeEncoder(name, fields)
  const put = (bytes: Uint8Array) => void process.stdout.write(harmlessOn(process.stdout, bytes))
  // The head of JSON is no line of names.
  if (encoder.head !== undefined && (hasHeader || name !== 'csv')) put(encoder.head)
  return {
    // A copy, because the encoder writes its next rows over these.
    write: (batch) => put(encoder.encode(batch, 0, batch.count).slice()),
    end() {
      if (encoder.tail !== undefined) put(encoder.tail)
      return false
    },
  }
}

function openTable(fields: readonly Field[], { textOf, isCut }: RowTable): FormOut {
  let first: RowStore | undefined = new RowStore(fields)
  const writeFirst = () => {
    const rows = first
    first = undefined
    if (rows !== undefined) process.stdout.write(textOf(rows.batch()))
  }
  return {
    write(batch) {
      if (first === undefined) process.stdout.write(textOf(batch))
      else if (first.append(batch, undefined, batch.count) + batch.count >= ALIGNED_ROWS) writeFirst()
    },
    end() {
      writeFirst()
      return isCut()
    },
  }
}
