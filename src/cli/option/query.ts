/** A query of the pipeline that a command is given by name. */
import { Failure } from '../../base/failure.ts'
import { didYouMean } from '../../pipeline/check/spelled-in-file.ts'
import type { CheckedPipeline, CheckedQuery } from '../../pipeline/checked.ts'

/** The query of this name. Throws a Failure ('usage') where the pipeline has none. */
export function queryNamed(name: string, { queries }: CheckedPipeline): CheckedQuery {
  const query = queries.find((one) => one.name === name)
  if (query !== undefined) return query
  const names = queries.map((one) => one.name)
  throw new Failure('usage', `the pipeline has no query "${name}"`, { hint: didYouMean(name, names) })
}
