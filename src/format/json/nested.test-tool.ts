/** Records with arrays, maps and rows at several depths. */
import * as types from '../../record/type.ts'
import { arrayOf, mapOf, rowOf, type Type } from '../../record/type.ts'
import { openJson } from './json.ts'

const { BIGINT, DOUBLE, INT, STRING } = types

/** The format with these columns. */
export const open = (...columns: readonly (readonly [name: string, type: Type])[]): ReturnType<typeof openJson> =>
  openJson(columns.map(([name, type]) => ({ field: { name, type } })))

/** Columns of every nested type. */
export const SHAPE: readonly (readonly [string, Type])[] = [
  [
    'data',
    arrayOf(
      rowOf([
        { name: 'id', type: BIGINT },
        { name: 'name', type: STRING },
        { name: 'x', type: arrayOf(DOUBLE) },
      ]),
    ),
  ],
  ['tags', mapOf(STRING, types.decimal(5, 1))],
  [
    'meta',
    rowOf([
      { name: 'a', type: INT },
      { name: 'in', type: rowOf([{ name: 't', type: types.TIMESTAMP_LTZ }]) },
    ]),
  ],
]
/** Records that fit them. */
export const SAMPLES: readonly string[] = [
  '{"data":[{"id":1,"name":"a","x":[1,2.5]},{"name":"b\\n","x":[]},null],"tags":{"k":"1.5","l":2},"meta":{"a":1,"in":{"t":"2024-02-29T12:00:00Z"}}}',
  '{"meta":{"in":{"t":1709208000000}},"data":[],"tags":{}}',
  '{"data":[{"id":9007199254740993,"x":null}],"tags":{"a":1,"b":2,"a":3}}',
  '{"other":[[{"data":1}]],"data":[{"id":1,"id":2}]}',
]
