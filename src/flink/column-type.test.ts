import { expect, test } from 'vitest'
import * as types from '../record/type.ts'
import { columnType, whyUnfit } from './column-type.ts'

test.each([
  [types.BOOLEAN, 'BOOLEAN'],
  [types.TINYINT, 'TINYINT'],
  [types.SMALLINT, 'SMALLINT'],
  [types.INT, 'INT'],
  [types.BIGINT, 'BIGINT'],
  [types.FLOAT, 'FLOAT'],
  [types.DOUBLE, 'DOUBLE'],
  [types.decimal(38, 6), 'DECIMAL(38, 6)'],
  [types.STRING, 'STRING'],
  [types.BYTES, 'BYTES'],
  [types.DATE, 'DATE'],
  [types.TIME, 'TIME(0)'],
  [types.TIMESTAMP, 'TIMESTAMP(3)'],
  [types.timestamp(0), 'TIMESTAMP(0)'],
  [types.timestamp(9), 'TIMESTAMP(9)'],
  [types.TIMESTAMP_LTZ, 'TIMESTAMP_LTZ(3)'],
  [types.timestamp(6, true), 'TIMESTAMP_LTZ(6)'],
  [types.NULL, 'STRING'],
  [types.arrayOf(types.NULL), 'ARRAY<STRING>'],
  [types.mapOf(types.STRING, types.INT), 'MAP<STRING, INT>'],
  [types.multisetOf(types.STRING), 'MULTISET<STRING>'],
  [
    types.rowOf([
      { name: 'Year', type: types.INT },
      { name: 'b', type: types.STRING },
    ]),
    'ROW<`Year` INT, b STRING>',
  ],
])('%j is %s', (type, name) => {
  expect(columnType(type)).toBe(name)
})

test.each([
  [types.INTERVAL_DAY, 'an interval'],
  [types.arrayOf(types.INTERVAL_MONTH), 'an interval'],
  [types.mapOf(types.INT, types.STRING), 'a MAP with keys of type INT'],
  [types.rowOf([{ name: 'a', type: types.multisetOf(types.BIGINT) }]), 'a MULTISET of values of type BIGINT'],
])('%j does not fit', (type, why) => {
  expect(columnType(type)).toBeUndefined()
  expect(whyUnfit(type)).toContain(why)
})
