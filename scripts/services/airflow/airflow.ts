/** Airflow, from PyPI into a folder of its own: 290 MB, so it is never installed by itself. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../src/base/failure.ts'

const VERSION = '3.3.2'
const FOLDER = `node_modules/.cache/tailrace/airflow-${VERSION}`
/** The program, once it is installed. */
const PROGRAM: string = join(fileURLToPath(new URL('../../..', import.meta.url)), FOLDER, 'bin/airflow')

/** The path of the program. Throws if it was not installed. */
export function airflowPath(): string {
  try {
    accessSync(PROGRAM, constants.X_OK)
    return PROGRAM
  } catch {
    const packages = `apache-airflow-core==${VERSION} apache-airflow-providers-standard`
    throw new Failure('not-found', 'Airflow was not installed', {
      hint: `With Python 3.10 or newer: python3 -m venv ${FOLDER} && ${FOLDER}/bin/pip install ${packages}`,
    })
  }
}
